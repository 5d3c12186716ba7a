// The jobs, running ones first and live.
import { dotted, h, icon, keyed, swap } from "../dom.js";
import { problemPanel } from "../problem.js";
import { progressPicture } from "../pictures/progress.js";
import { active, flowTitle, progress, says, stepTitle, subject } from "../steps.js";
import { Poll } from "../store.js";
import { duration, moment } from "../time.js";
import { canPurge, canTerminate, purge, terminate } from "../steer.js";

const pageSize = 50;
const filters = { all: "All", running: "Running", Completed: "Completed", Failed: "Failed", Terminated: "Terminated" };
export const marks = { Pending: "clock", Running: "run", Completed: "ok", Failed: "stop", Terminated: "off" };

export default function jobs(context) {
  const { api, running, router, session } = context;
  const wanted = new URLSearchParams(location.search).get("state");
  let filter = filters[wanted] ? wanted : "all";
  let older = [], next = null, ids = "";

  const poll = new Poll(async (signal) => {
    if (filter === "running") return [];
    const states = filter === "all" ? "Completed,Failed,Terminated" : filter;
    const reply = await api.get(`instances?runtimeStatus=${states}&top=${pageSize}`, { signal });
    [older, next] = [[], reply.next];
    return reply.data;
  });
  poll.addEventListener("change", draw);

  const trouble = h("div");
  const body = h("tbody");
  const table = h("div", { class: "panel" }, h("table", { class: "jobs" }, h("caption", { class: "sr-only" }, "Jobs, running ones first"),
    h("thead", null, h("tr", null, h("th", { scope: "col", class: "c-state" }, "State"), h("th", { scope: "col", class: "c-what" }, "For"), h("th", { scope: "col", class: "medium" }, "Where it stands"),
      h("th", { scope: "col", class: "wide c-start" }, "Started"), h("th", { scope: "col", class: "medium c-took" }, "Took"), session.can("admin") && h("th", { scope: "col", class: "wide c-act" }, h("span", { class: "sr-only" }, "Action")))), body));
  const empty = h("div", { class: "panel empty", hidden: true });
  const more = h("button", { type: "button", hidden: true, onclick: loadOlder }, "Show older jobs");
  const choice = h("fieldset", { class: "filters" }, h("legend", { class: "sr-only" }, "State"), Object.entries(filters).map(([key, label]) =>
    h("label", null, h("input", { type: "radio", name: "state", value: key, checked: key === filter, onchange: () => choose(key) }), label)));

  function choose(key) {
    filter = key;
    router.replace(key === "all" ? "/jobs" : `/jobs?state=${key}`);
    poll.data = undefined;
    poll.refresh();
    draw();
  }

  async function loadOlder() {
    more.disabled = true;
    try {
      const states = filter === "all" ? "Completed,Failed,Terminated" : filter;
      const reply = await api.get(`instances?runtimeStatus=${states}&top=${pageSize}`, { token: next });
      older = [...older, ...reply.data];
      next = reply.next;
      draw();
    } catch (problem) {
      trouble.replaceChildren(problemPanel(problem));
    } finally {
      more.disabled = false;
    }
  }

  // A job that has left the running ones is in the other list now.
  function live() {
    const now = running.list.map((job) => job.instanceId).join();
    if (ids && now !== ids) poll.refresh();
    ids = now;
    draw();
  }

  function draw() {
    const problem = poll.problem ?? running.poll.problem;
    if (problem && problem.kind !== "signedOut" && !poll.data) return trouble.replaceChildren(problemPanel(problem, () => poll.refresh()));
    if (!problem) trouble.replaceChildren();
    const now = filter === "all" || filter === "running" ? running.list : [];
    const seen = new Set(now.map((job) => job.instanceId));
    const list = [...now, ...[...(poll.data ?? []), ...older].filter((job) => !seen.has(job.instanceId) && seen.add(job.instanceId))];
    keyed(body, list, (job) => job.instanceId, () => h("tr"), (tr, job) => row(tr, job, context, () => { poll.refresh(); running.refresh(); }));
    const loaded = poll.data && running.poll.state !== "loading";
    table.hidden = loaded && list.length === 0;
    empty.hidden = !loaded || list.length > 0;
    swap(empty, filter === "all"
      ? [h("h2", null, "No jobs yet"), h("p", null, "Every certificate that is added, imported or renewed is a job; it is shown here, step by step.")]
      : h("p", null, `No job is ${filter.toLowerCase()}.`));
    more.hidden = !next || filter === "running";
  }

  return {
    title: "Jobs", poll,
    node: h("div", null, h("div", { class: "head" }, h("h1", null, "Jobs")), h("div", { class: "toolbar" }, choice), trouble, table, empty, h("p", { class: "pager" }, more)),
    start() { running.addEventListener("change", live); poll.start(); live(); },
    stop() { running.removeEventListener("change", live); poll.stop(); },
  };
}

function row(tr, job, context, done) {
  const steps = progress(job);
  const what = subject(job);
  const seconds = ((active(job) ? Date.now() : Date.parse(job.lastUpdatedTime)) - Date.parse(job.createdTime)) / 1000;
  const message = says(job);
  cells(tr, context.session.can("admin") ? 6 : 5);
  const [state, name, where, started, took, act] = tr.children;
  swap(state, h("span", { class: `state is-${job.runtimeStatus}` }, icon(marks[job.runtimeStatus] ?? "help"), active(job) ? "Running" : job.runtimeStatus));
  swap(name, h("a", { href: `/jobs/${encodeURIComponent(job.instanceId)}` }, dotted(what)), h("div", { class: "muted small" }, flowTitle(job.name)),
    h("div", { class: "narrow muted small" }, active(job) ? [steps && progressPicture(steps), h("div", null, stepTitle(job.customStatus?.status ?? ""))] : message));
  swap(where, active(job) ? [steps && progressPicture(steps), h("div", null, stepTitle(job.customStatus?.status ?? "")), h("div", { class: "muted small" }, message)] : h("div", { class: "small" }, message));
  swap(started, moment(job.createdTime));
  swap(took, duration(seconds));
  if (!act) return;
  const [label, run] = canTerminate(job) ? ["Terminate", terminate] : canPurge(job) ? ["Purge", purge] : [];
  if (act.firstChild?.dataset?.label === label) return;
  swap(act, label && h("button", { type: "button", class: "link", "data-label": label, onclick: async () => { if (await run(context, job)) done(); } }, label, h("span", { class: "sr-only" }, ` ${what}`)));
}

function cells(tr, count) {
  if (tr.children.length === count) return;
  const kinds = [["td"], ["th", ""], ["td", "medium"], ["td", "wide nowrap"], ["td", "medium nowrap"], ["td", "wide"]];
  tr.replaceChildren(...kinds.slice(0, count).map(([tag, kind]) => h(tag, { class: kind, scope: tag === "th" && "row" })));
}
