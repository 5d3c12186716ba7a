// The frame around every page: who is signed in, how fresh the page is, the one
// status region, and the question dialog.
import { h, setText, swap } from "./dom.js";
import { clock } from "./time.js";
import { signInAddress } from "./session.js";
import { subject } from "./steps.js";

const part = (id) => document.getElementById(id);
const sayFor = 6_000; // milliseconds that a message is seen; screen readers have it longer

export class Frame {
  #session;
  #running;
  #page = null; // the poll of the page
  #hide = null;

  constructor(session, running) {
    this.#session = session;
    this.#running = running;
    session.addEventListener("change", () => this.#showPerson());
    session.addEventListener("over", () => this.#sessionOver());
    running.addEventListener("change", () => this.#showRunning());
    running.addEventListener("ended", (event) => this.#sayEnded(event.detail));
    part("freshness").addEventListener("click", () => this.refresh());
    document.addEventListener("visibilitychange", () => this.#sessionBack());
    document.addEventListener("click", (event) => {
      const open = document.querySelector("details.person[open]");
      if (open && !open.contains(event.target)) open.open = false;
    });
    document.addEventListener("keydown", (event) => {
      const open = event.key === "Escape" && document.querySelector("details.person[open]");
      if (!open) return;
      open.open = false;
      open.querySelector("summary").focus();
    });
  }

  // follow shows the freshness of the page's own poll beside that of the jobs.
  follow(poll) {
    this.#page?.removeEventListener("change", this.#showFreshness);
    this.#page = poll ?? null;
    this.#page?.addEventListener("change", this.#showFreshness);
    this.#showFreshness();
  }

  refresh() {
    this.#page?.refresh();
    this.#running.refresh();
  }

  // mark says in the navigation where we are.
  mark(page) {
    const section = { certificate: "/certificates", job: "/jobs", import: "/add" }[page] ?? `/${page}`;
    for (const link of document.querySelectorAll("nav a")) {
      if (link.getAttribute("href") === section) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
  }

  // say puts a sentence into the status region; saying nothing new says nothing.
  say = (sentence) => {
    const status = part("status");
    setText(status, sentence);
    status.classList.add("shown");
    clearTimeout(this.#hide);
    this.#hide = setTimeout(() => status.classList.remove("shown"), sayFor);
  };

  // ask opens the dialog and answers its form data, or null for no.
  ask = ({ title, text, fields = [], yes, danger = false }) => new Promise((answer) => {
    const dialog = part("ask");
    const form = dialog.querySelector("form");
    part("ask-title").textContent = title;
    part("ask-text").textContent = text;
    part("ask-fields").replaceChildren(...fields);
    part("ask-yes").textContent = yes;
    part("ask-yes").className = danger ? "primary danger" : "primary";
    part("ask-no").onclick = () => dialog.close("");
    dialog.returnValue = "";
    dialog.addEventListener("close", () => answer(dialog.returnValue === "yes" ? new FormData(form) : null), { once: true });
    dialog.showModal();
    if (danger) part("ask-no").focus();
  });

  #showPerson() {
    setText(part("person-name"), this.#session.name || "Account");
    const own = this.#session.roles.filter((role) => role !== "anonymous" && role !== "authenticated");
    setText(part("person-roles"), own.length ? `Roles: ${own.join(", ")}` : "No role");
    for (const node of document.querySelectorAll("[data-role]")) node.hidden = !this.#session.can(node.dataset.role);
  }

  #showRunning() {
    const count = this.#running.list.length;
    const badge = part("running-count");
    badge.hidden = count === 0;
    swap(badge, `${count}${this.#running.more ? "+" : ""}`, h("span", { class: "sr-only" }, " running"));
    this.#showFreshness();
  }

  #showFreshness = () => {
    const polls = [this.#page, this.#running.poll].filter(Boolean);
    const state = ["offline", "failed", "loading", "live"].find((s) => polls.some((poll) => poll.state === s)) ?? "idle";
    // The time of the last answer, to whichever poll it is that has this state.
    const at = Math.max(...polls.filter((poll) => poll.state === state || state === "idle").map((poll) => poll.at ?? 0));
    const time = at ? clock(at) : "";
    part("freshness").dataset.state = state;
    setText(part("freshness-text"), { offline: navigator.onLine ? "No answer" : "Offline", failed: "Not updated", loading: "Loading", live: "Live", idle: "As of" }[state]);
    setText(part("freshness-time"), state === "offline" && time ? `since ${time}` : time);
  };

  #sayEnded({ job, many }) {
    if (many) return this.say(`${many} jobs have ended.`);
    if (job) this.say(`${subject(job)}: ${{ Completed: "completed", Failed: "failed", Terminated: "terminated" }[job.runtimeStatus]}.`);
  }

  // A session that has ended leads to the sign-in page and back here. What was
  // typed would be lost on the way: then the way is offered in a new tab.
  #sessionOver() {
    const address = signInAddress(location);
    const typed = [...document.querySelectorAll("main textarea, main input:not([type=search], [type=radio])")].some((field) => field.value);
    if (!typed) return location.assign(address);
    part("session-link").href = signInAddress({ pathname: "/", search: "" });
    part("session-over").hidden = false;
    this.say("Your session has ended.");
  }

  async #sessionBack() {
    if (document.hidden || !this.#session.over) return;
    if (!await this.#session.load().catch(() => false)) return;
    this.#session.over = false;
    part("session-over").hidden = true;
    this.refresh();
  }
}
