// The frame around every page: who is signed in, how fresh the page is, what goes on
// elsewhere.
import { say } from "./announce.js";
import { draw, html, setText } from "./html.js";
import { ago, zone } from "./time.js";
import { signInAddress, withoutProvider } from "./session.js";
import { markRunning } from "./tab.js";

const part = (id) => document.getElementById(id);

export class Frame {
  #session;
  #running;
  #page = null; // the poll of the page
  job = null; // id of the job whose page is shown: it says its own news

  constructor(session, running) {
    this.#session = session;
    this.#running = running;
    session.addEventListener("change", () => this.#showPerson());
    session.addEventListener("over", () => this.#sessionOver());
    running.addEventListener("change", () => this.#showRunning());
    running.addEventListener("ended", (event) => this.#sayEnded(event.detail));
    part("freshness").addEventListener("click", () => this.refresh());
    setText(part("zone"), `Times are in ${zone()}, the zone of this browser.`);
    setInterval(() => this.#showFreshness(), 5_000);
    document.addEventListener("visibilitychange", () => this.#sessionBack());
    document.addEventListener("click", (event) => {
      for (const open of document.querySelectorAll("details.menu[open]")) if (!open.contains(event.target)) open.open = false;
    });
    document.addEventListener("keydown", (event) => {
      const open = event.key === "Escape" && document.querySelector("details.menu[open]");
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
    const section = { certificate: "/certificates", listener: "/listeners", "take-over": "/listeners", job: "/jobs", import: "/add", issuers: "/check", "look-up": "/hostnames", hostname: "/hostnames" }[page] ?? `/${page}`;
    for (const link of document.querySelectorAll("nav a")) {
      if (link.getAttribute("href") === section) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
  }

  #showPerson() {
    setText(part("person-name"), withoutProvider(this.#session.name) || "Account");
    const own = this.#session.roles.filter((role) => role !== "anonymous" && role !== "authenticated");
    setText(part("person-roles"), own.length ? `Role: ${own.join(", ")}` : "No role");
    for (const node of document.querySelectorAll("[data-role]")) node.hidden = !this.#session.can(node.dataset.role);
  }

  #showRunning() {
    const count = this.#running.list.length;
    const badge = part("running-count");
    badge.hidden = count === 0;
    draw(html`${count}${this.#running.more ? "+" : ""}<span class="sr-only"> running</span>`, badge);
    markRunning(count > 0);
    this.#showFreshness();
  }

  #showFreshness = () => {
    const polls = [this.#page, this.#running.poll].filter(Boolean);
    const state = ["offline", "failed", "loading", "live"].find((s) => polls.some((poll) => poll.state === s)) ?? "idle";
    // The oldest of what the page shows: nothing on it is older than that.
    const times = polls.map((poll) => poll.at).filter(Boolean);
    const at = times.length ? Math.min(...times) : null;
    part("freshness").dataset.state = state;
    setText(part("freshness-text"), { offline: navigator.onLine ? "No answer" : "Offline", failed: "Not updated", loading: "Loading", live: "Live", idle: at ? `Updated ${ago(at)}` : "Updated" }[state]);
    setText(part("freshness-time"), ["offline", "failed"].includes(state) && at && ago(at) !== "just now" ? `for ${ago(at).replace(" ago", "")}` : "");
  };

  async #sayEnded({ job, many }) {
    if (many) return this.job ? undefined : say(`${many} jobs have ended.`); // a job's own page counts
    if (!job || job.instanceId === this.job || job.parentId && job.parentId === this.job) return;
    const { standing, subject } = await import("./job-words.js"); // what few pages need at once
    say(`${subject(job)}: ${standing(job).label.toLowerCase()}.`);
  }

  // A session that has ended leads to the sign-in page and back here. What was typed
  // would be lost on the way: then the way is offered in a new tab. A session that
  // lives on and is refused would come back the same: it has to be signed out first.
  #sessionOver() {
    const typed = [...document.querySelectorAll("main textarea, main input:not([type=search], [type=radio], [type=checkbox])")].some((field) => field.value);
    const { stale } = this.#session;
    if (!typed && !stale) return location.assign(signInAddress(location));
    const link = part("session-link");
    link.href = stale ? `/.auth/logout?post_logout_redirect_uri=${encodeURIComponent("/sign-in.html")}` : signInAddress({ pathname: "/", search: "" });
    setText(link, stale ? "Sign out and in again" : "Sign in again in a new tab");
    link.target = stale && !typed ? "" : "_blank";
    setText(part("session-why"), stale ? "Your session cannot be renewed." : "Your session has ended.");
    setText(part("session-typed"), typed ? "What you typed is still here." : "");
    part("session-over").hidden = false;
    say(stale ? "Your session cannot be renewed." : "Your session has ended.");
  }

  async #sessionBack() {
    if (document.hidden || !this.#session.over) return;
    if (!await this.#session.load().catch(() => false)) return;
    this.#session.back();
    part("session-over").hidden = true;
    this.refresh();
  }
}
