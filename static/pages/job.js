// One job: its steps as a timeline with state, duration and attempts, and on a
// failure what was said and what to do.
import { dotted, h, icon, keyed, setText, swap } from "../dom.js";
import { adviceFor, attempt, problemPanel } from "../problem.js";
import { progressPicture } from "../pictures/progress.js";
import { active, certificateOf, flowTitle, progress, says, stepTitle, subject, timeline } from "../steps.js";
import { canPurge, lookAgain, purge, terminate } from "../steer.js";
import { Poll } from "../store.js";
import { clock, duration, moment } from "../time.js";
import { marks } from "./jobs.js";

const stepMarks = { done: "ok", current: "run", waiting: "clock", failed: "stop", stopped: "off", ahead: "ahead", unreached: "ahead" };
const stepWords = { done: "done", current: "under way", waiting: "waiting", failed: "failed here", stopped: "stopped here", ahead: "ahead", unreached: "not reached" };
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
  const children = h("tbody");
  const childrenPart = h("section", { hidden: true }, h("h2", null, "Certificates of this job"), h("div", { class: "panel" }, h("table", null, h("caption", { class: "sr-only" }, "One job for each hostname, failed ones first"),
    h("thead", null, h("tr", null, ["Hostname", "State", "Where it stands"].map((text, i) => h("th", { scope: "col", class: i === 2 && "medium" }, text)))), children)));
  const facts = h("dl", { class: "panel pad facts" });
  const factsPart = h("section", { hidden: true }, h("h2", null, "Facts"), facts);
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
    swap(heading, dotted(subject(data)));
    document.title = `${subject(data)} – certgate`;
    state.className = `state is-${data.runtimeStatus}`;
    swap(state, icon(marks[data.runtimeStatus] ?? "help"), active(data) ? "Running" : data.runtimeStatus);
    const done = progress(data);
    swap(now, data.runtimeStatus === "Failed" ? null : h("p", { class: "summary" }, active(data) && done && progressPicture(done), h("span", null, says(data))));
    const found = timeline(data);
    showFailure(data, found.steps.find((s) => s.state === "failed"));
    keyed(steps, found.steps, (s) => s.name, newStep, fillStep);
    keyed(cleanUp, found.cleanUp, (s) => s.name, newStep, fillStep);
    cleanUpPart.hidden = found.cleanUp.length === 0;
    stepsPart.hidden = found.steps.length === 0;
    childrenPart.hidden = !data.children?.length;
    const first = (child) => (child.runtimeStatus === "Failed" ? 0 : 1);
    keyed(children, (data.children ?? []).toSorted((a, b) => first(a) - first(b)), (child) => child.instanceId, () => h("tr"), fillChild);
    factsPart.hidden = false;
    swap(facts, factsOf(data));
    showActions(data);
  }

  function showActions(data) {
    const name = certificateOf(data);
    const kind = `${data.runtimeStatus} ${name}`;
    if (actions.dataset.kind === kind) return;
    actions.dataset.kind = kind;
    const hostname = hostnameOf(data);
    const broken = data.runtimeStatus === "Failed" || data.runtimeStatus === "Terminated";
    actions.replaceChildren(...[
      active(data) && session.can("operator") && h("button", { type: "button", onclick: async () => { if (await lookAgain(context, data)) poll.refresh(); } }, "Look again now"),
      broken && data.name === "AddCertificateFunctions" && hostname && session.can("operator") && h("button", { type: "button", class: data.runtimeStatus === "Failed" && "primary", onclick: (event) => again(event.target, hostname) }, "Try again"),
      broken && data.name === "ImportCertificateFunctions" && hostname && session.can("operator") && h("a", { class: "button primary", href: `/import?hostname=${encodeURIComponent(hostname)}` }, "Import again"),
      name && !active(data) && h("a", { class: broken && data.name !== "RenewCertificateFunctions" ? "button" : "button primary", href: `/certificates/${encodeURIComponent(name)}` }, "See the certificate"),
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
  async function showFailure({ runtimeStatus, customStatus, input }, step) {
    const code = customStatus?.error;
    const key = runtimeStatus === "Failed" || code ? `${runtimeStatus} ${code} ${customStatus.message}` : "";
    if ((failure.dataset.key ?? "") === key) return;
    failure.dataset.key = key;
    if (!key) return failure.replaceChildren();
    const advice = await adviceFor(code);
    if (failure.dataset.key !== key) return;
    const hostname = hostnameOf({ input });
    const where = step ? ` at “${step.title}”` : "";
    const dns = hostname && /Resolving|Caa|Ownership/.test(code ?? "");
    failure.replaceChildren(h("section", { class: "problem" },
      h("h2", null, runtimeStatus === "Failed" ? `It failed${where}` : `It failed${where}, and cleans up now`),
      h("blockquote", null, customStatus.message),
      advice?.means && h("p", null, advice.means),
      advice?.fix && h("p", null, h("strong", null, "What to do: "), advice.fix),
      dns && h("p", null, h("a", { href: `/dns?hostname=${encodeURIComponent(hostname)}` }, `What DNS says for ${hostname}`)),
      code && h("p", { class: "muted" }, "Code ", h("code", null, code))));
  }

  return {
    title: "Job", poll,
    node: h("div", null, h("p", { class: "back" }, h("a", { href: "/jobs" }, "All jobs")), h("div", { class: "head" }, heading, state, actions), trouble, now, failure, childrenPart, stepsPart, cleanUpPart, factsPart),
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
  swap(time, step.from && h("div", null, duration(step.seconds)), step.state === "unreached" && h("div", { class: "muted small", "aria-hidden": "true" }, stepWords.unreached), repeats.length > 0 && h("div", { class: "muted small" }, repeats.join(", ")));
}

function fillChild(tr, child) {
  swap(tr,
    h("th", { scope: "row" }, h("a", { href: `/jobs/${encodeURIComponent(child.instanceId)}` }, dotted(child.hostname))),
    h("td", null, h("span", { class: `state is-${child.runtimeStatus}` }, icon(marks[child.runtimeStatus] ?? "help"), active(child) ? "Running" : child.runtimeStatus)),
    h("td", { class: "medium" }, says(child)));
}

const hostnameOf = ({ input }) => (input?.hostnames?.length === 1 ? input.hostnames[0].hostname : input?.hostname);

function factsOf(data) {
  const fact = (name, value) => value && [h("dt", null, name), h("dd", null, value)];
  const took = (active(data) ? Date.now() : Date.parse(data.lastUpdatedTime)) - Date.parse(data.createdTime);
  const name = certificateOf(data);
  return [
    fact("Certificate", name && h("a", { href: `/certificates/${encodeURIComponent(name)}` }, name)),
    fact("Job", flowTitle(data.name)), fact("Asked by", data.requestedBy), fact("Started", moment(data.createdTime)),
    fact(active(data) ? "Running for" : "Took", duration(took / 1000)), fact("Id", h("code", null, data.instanceId)),
  ];
}
