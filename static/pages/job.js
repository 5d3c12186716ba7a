// One job: its steps as a timeline with state, duration and attempts, and on a
// failure what was said and what to do.
import { h, icon, keyed, setText, swap } from "../dom.js";
import { adviceFor, attempt, problemPanel } from "../problem.js";
import { progressPicture } from "../pictures/progress.js";
import { active, flowTitle, progress, stepTitle, subject, timeline } from "../steps.js";
import { canPurge, lookAgain, purge, terminate } from "../steer.js";
import { Poll } from "../store.js";
import { clock, duration, moment } from "../time.js";
import { marks } from "./jobs.js";

const stepMarks = { done: "ok", current: "run", waiting: "clock", failed: "stop", stopped: "off", ahead: "ahead" };
const stepWords = { done: "done", current: "under way", waiting: "waiting", failed: "failed here", stopped: "stopped here", ahead: "ahead" };
const notesShown = 3;

export default function job(context, id) {
  const { api, router, running, say, session } = context;
  const poll = new Poll(async (signal) => (await api.get(`instances/${encodeURIComponent(id)}?showHistory=true&showOutput=true`, { signal })).data, active);
  const heading = h("h1", null, "Job");
  const state = h("span", { class: "state" });
  const actions = h("div", { class: "actions" });
  const now = h("div");
  const failure = h("div");
  const steps = h("ol", { class: "panel plain steps" });
  const cleanUp = h("ol", { class: "panel plain steps" });
  const cleanUpPart = h("section", { hidden: true }, h("h2", null, "Clean-up"), cleanUp);
  const stepsPart = h("section", { hidden: true }, h("h2", null, "Steps"), steps);
  const children = h("section", { hidden: true });
  const facts = h("section");
  const trouble = h("div", null, h("p", { class: "muted" }, "Loading …"));
  let last = null;

  poll.addEventListener("change", () => {
    const { data, problem } = poll;
    if (problem && problem.kind !== "signedOut" && !data) return swap(trouble, problemPanel(problem, () => poll.refresh()));
    if (!data || problem) return;
    if (!last) trouble.replaceChildren();
    show(data);
    if (last && (last.customStatus?.status !== data.customStatus?.status || last.runtimeStatus !== data.runtimeStatus)) {
      say(active(data) ? `${stepTitle(data.customStatus.status)}.` : `${subject(data)}: ${data.runtimeStatus.toLowerCase()}.`);
    }
    last = data;
  });

  function show(data) {
    setText(heading, subject(data));
    document.title = `${subject(data)} – certgate`;
    state.className = `state is-${data.runtimeStatus}`;
    swap(state, icon(marks[data.runtimeStatus] ?? "help"), active(data) ? "Running" : data.runtimeStatus);
    const done = progress(data);
    swap(now, data.runtimeStatus === "Failed" ? null : h("p", { class: "summary" }, active(data) && done && progressPicture(done), h("span", null, data.customStatus?.message ?? "")));
    showFailure(data);
    const found = timeline(data);
    keyed(steps, found.steps, (s) => s.name, newStep, fillStep);
    keyed(cleanUp, found.cleanUp, (s) => s.name, newStep, fillStep);
    cleanUpPart.hidden = found.cleanUp.length === 0;
    stepsPart.hidden = found.steps.length === 0;
    children.hidden = !data.children?.length;
    swap(children, data.children?.length ? showChildren(data.children) : null);
    swap(facts, h("h2", null, "Facts"), showFacts(data));
    showActions(data);
  }

  function showActions(data) {
    const kind = `${data.runtimeStatus} ${data.customStatus?.status === "Failed"}`;
    if (actions.dataset.kind === kind) return;
    actions.dataset.kind = kind;
    const hostname = data.input?.hostnames?.length === 1 && data.input.hostnames[0].hostname;
    actions.replaceChildren(...[
      active(data) && session.can("operator") && h("button", { type: "button", onclick: async () => { if (await lookAgain(context, data)) poll.refresh(); } }, "Look again now"),
      data.runtimeStatus === "Failed" && data.name === "AddCertificateFunctions" && hostname && session.can("operator") && h("button", { type: "button", class: "primary", onclick: (event) => again(event.target, hostname) }, "Ask again"),
      active(data) && session.can("admin") && h("button", { type: "button", class: "danger", onclick: async () => { if (await terminate(context, poll.data)) poll.refresh(); } }, "Terminate"),
      canPurge(data) && session.can("admin") && h("button", { type: "button", onclick: async () => { if (await purge(context, data)) router.open("/jobs"); } }, "Purge"),
    ].filter(Boolean));
  }

  async function again(button, hostname) {
    const reply = await attempt(trouble, button, () => api.post("AddCertificateFunctions_HttpStart", { hostnames: [{ hostname }] }));
    if (!reply) return;
    running.refresh();
    router.open(`/jobs/${encodeURIComponent(reply.data.id)}`);
  }

  // What went wrong, in the words of whoever said it, and the error page's fix.
  async function showFailure({ runtimeStatus, customStatus, input }) {
    const code = customStatus?.error;
    const key = runtimeStatus === "Failed" || code ? `${runtimeStatus} ${code} ${customStatus.message}` : "";
    if ((failure.dataset.key ?? "") === key) return;
    failure.dataset.key = key;
    if (!key) return failure.replaceChildren();
    const advice = await adviceFor(code);
    if (failure.dataset.key !== key) return;
    const hostname = input?.hostnames?.[0]?.hostname ?? input?.hostname;
    const dns = hostname && /Resolving|Caa|Ownership/.test(code ?? "");
    failure.replaceChildren(h("section", { class: "problem" },
      h("h2", null, runtimeStatus === "Failed" ? "It failed" : "It is failing, and cleans up"),
      h("blockquote", null, customStatus.message),
      advice?.means && h("p", null, advice.means),
      advice?.fix && h("p", null, h("strong", null, "What to do: "), advice.fix),
      dns && h("p", null, h("a", { href: `/dns?hostname=${encodeURIComponent(hostname)}` }, `What DNS says for ${hostname}`)),
      code && h("p", { class: "muted" }, "Code ", h("code", null, code))));
  }

  return {
    title: "Job", poll,
    node: h("div", null, h("p", { class: "back" }, h("a", { href: "/jobs" }, "All jobs")), h("div", { class: "head" }, heading, state, actions), trouble, now, failure, children, stepsPart, cleanUpPart, facts),
    start() { poll.start(); },
    stop() { poll.stop(); },
  };
}

function newStep() {
  return h("li", null, h("span", { class: "mark" }), h("div", null, h("p", { class: "name" }), h("ul", { class: "notes" }),
    h("details", { class: "small muted", hidden: true }, h("summary"), h("ul", { class: "notes" }))), h("div", { class: "time" }));
}

function fillStep(li, step) {
  li.className = `is-${step.state}`;
  const [mark, middle, time] = li.children;
  const [name, notes, earlier] = middle.children;
  swap(mark, h("span", { class: `is-${step.state}` }, icon(stepMarks[step.state])));
  swap(name, step.title, h("code", { class: "wide" }, step.name), h("span", { class: "sr-only" }, `, ${stepWords[step.state]}`));
  const line = (note) => h("li", null, h("time", { datetime: note.at }, clock(note.at)), ` ${note.text}`);
  swap(notes, step.notes.slice(-notesShown).map(line));
  const rest = step.notes.slice(0, -notesShown);
  earlier.hidden = rest.length === 0;
  setText(earlier.firstElementChild, `${rest.length} earlier`);
  swap(earlier.lastElementChild, rest.map(line));
  const repeats = [step.visits > 1 && `${step.visits} times`, step.attempts && `${step.attempts} ${step.attempts === 1 ? "error" : "errors"}`, step.waits > 1 && `${step.waits} waits`].filter(Boolean);
  swap(time, step.from && h("div", null, duration(step.seconds)), repeats.length > 0 && h("div", { class: "muted small" }, repeats.join(", ")));
}

function showChildren(list) {
  return [h("h2", null, "Certificates of this job"), h("div", { class: "panel" }, h("table", null, h("caption", { class: "sr-only" }, "One job for each hostname"),
    h("thead", null, h("tr", null, ["Hostname", "State", "Where it stands"].map((text, i) => h("th", { scope: "col", class: i === 2 && "medium" }, text)))),
    h("tbody", null, list.map((child) => h("tr", null,
      h("th", { scope: "row" }, h("a", { href: `/jobs/${encodeURIComponent(child.instanceId)}` }, child.hostname)),
      h("td", null, h("span", { class: `state is-${child.runtimeStatus}` }, icon(marks[child.runtimeStatus] ?? "help"), child.runtimeStatus)),
      h("td", { class: "medium" }, child.customStatus?.message))))))];
}

function showFacts(data) {
  const fact = (name, value) => value && [h("dt", null, name), h("dd", null, value)];
  const took = (active(data) ? Date.now() : Date.parse(data.lastUpdatedTime)) - Date.parse(data.createdTime);
  const name = data.output?.certificateName ?? data.input?.certificate;
  return h("dl", { class: "panel pad facts" },
    fact("Certificate", name && h("a", { href: `/certificates/${encodeURIComponent(name)}` }, name)),
    fact("Job", flowTitle(data.name)), fact("Asked by", data.requestedBy), fact("Started", moment(data.createdTime)),
    fact(active(data) ? "Running for" : "Took", duration(took / 1000)), fact("Id", h("code", null, data.instanceId)));
}
