// The jobs, running ones first and live. Those of one request for many hostnames are
// folded under it.
import { dotted, draw, html, nothing, number, plural, repeat, state } from "../html.js";
import { choices, remove, stop } from "../job-actions.js";
import { active, flowTitle, hostnamesOf, nextTry, progress, says, standing, stepTitle, subject, tally, urgency } from "../job-words.js";
import { until } from "../countdown.js";
import { progressPicture } from "../pictures/progress.js";
import { Poll } from "../poll.js";
import { attempt, problemPanel } from "../problem.js";
import { requestAgain } from "../request.js";
import { duration, moment, utc } from "../time.js";

const pageSize = 50;
const searchPages = 10; // of 200 jobs each, through which a search looks
const filters = { all: "All", running: "Running", Completed: "Done", Failed: "Failed", Terminated: "Stopped" };

export default function jobs(context) {
  const { api, running, router, session, tell } = context;
  const query = new URLSearchParams(location.search);
  const wanted = query.get("state");
  let filter = filters[wanted] ? wanted : "all", text = query.get("q") ?? "";
  let older = [], next = null, ids = "", looking = false, sayLater = 0, said = "";
  const opened = new Set(); // parents whose jobs are shown

  const states = () => (filter === "all" ? "Completed,Failed,Terminated" : filter);
  const poll = new Poll(async (signal) => {
    if (filter === "running") return { list: [] };
    const reply = await api.get(`instances?runtimeStatus=${states()}&top=${pageSize}`, { signal });
    if (!older.length) next = reply.next; // what was loaded by hand stays
    return { list: reply.data };
  });
  poll.addEventListener("change", () => redraw());
  const trouble = document.createElement("div"), place = document.createElement("div"), node = document.createElement("div");

  function address() {
    const wish = new URLSearchParams();
    if (filter !== "all") wish.set("state", filter);
    if (text) wish.set("q", text);
    router.replace(`/jobs${wish.size ? `?${wish}` : ""}`);
  }

  function choose(key) {
    filter = key;
    [older, next] = [[], null];
    address();
    poll.data = undefined;
    poll.refresh();
    redraw();
    report();
  }

  // search looks through what is loaded, and loads more as long as it finds little.
  async function search(value) {
    text = value;
    address();
    redraw();
    report();
    if (!text || looking) return;
    looking = true;
    try {
      for (let i = 0; i < searchPages && next && text && shown().length < 20; i++) await loadOlder(200);
    } finally {
      looking = false;
      redraw();
      report();
    }
  }

  async function loadOlder(top = pageSize) {
    try {
      const reply = await api.get(`instances?runtimeStatus=${states()}&top=${top}`, { token: next });
      older = [...older, ...reply.data];
      next = reply.next;
    } catch (problem) {
      next = null;
      draw(problemPanel(problem), trouble);
    }
    redraw();
  }

  function report() {
    clearTimeout(sayLater);
    sayLater = setTimeout(() => {
      const words = `${plural(shown().length, "job")} shown.`;
      if (words !== said) tell(said = words);
    }, 700);
  }

  // A job that has left the running ones is in the other list now.
  function live() {
    const now = running.list.map((job) => job.instanceId).join();
    if (ids && now !== ids) later();
    ids = now;
    redraw();
  }
  let wait = 0;
  const later = () => { wait ||= setTimeout(() => { wait = 0; poll.refresh(); }, running.list.length > 10 ? 10_000 : 300); };

  function shown() {
    const now = filter === "all" || filter === "running" ? running.list : [];
    const seen = new Set(now.map((job) => job.instanceId));
    const list = [...now, ...[...(poll.data?.list ?? []), ...older].filter((job) => !seen.has(job.instanceId) && seen.add(job.instanceId))];
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    return list.filter((job) => words.every((word) => JSON.stringify(job.input ?? "").toLowerCase().includes(word) || flowTitle(job.name).toLowerCase().includes(word) || job.instanceId.startsWith(word)));
  }

  // grouped puts the jobs of one request under it. A request that is not in the list
  // stands there by its id alone; one job of it that is found by a search stands alone.
  function grouped(list) {
    if (text) return list.map((job) => ({ job }));
    const parents = new Map(list.filter((job) => job.name === "AddMultipleCertificatesFunctions").map((job) => [job.instanceId, { job, children: [] }]));
    const rows = [];
    for (const job of list) {
      const parent = parents.get(job.parentId);
      if (parent) parent.children.push(job);
      else rows.push(parents.get(job.instanceId) ?? { job });
    }
    return rows;
  }

  function redraw() {
    const problem = poll.problem ?? running.poll.problem;
    if (problem && problem.kind !== "signedOut" && !poll.data) return draw(problemPanel(problem, () => poll.refresh()), trouble);
    if (!problem) draw(nothing, trouble);
    const list = shown();
    const rows = grouped(list);
    const loaded = poll.data && running.poll.state !== "loading";
    const admin = session.can("operator");
    draw(html`<div class="toolbar"><div class="search"><label class="sr-only" for="search">Search</label>
        <input type="search" id="search" placeholder="Search hostname, kind of job, id" autocomplete="off" .value=${text} @input=${(event) => search(event.target.value)}></div>
      <fieldset class="filters"><legend class="sr-only">State</legend>${Object.entries(filters).map(([key, label]) => html`<label><input type="radio" name="state" value=${key} .checked=${key === filter} @change=${() => choose(key)}>${label}</label>`)}</fieldset></div>
      ${rows.length || !loaded ? html`<div class="panel"><table class="jobs"><caption class="sr-only">Jobs, running ones first</caption>
        <thead><tr><th scope="col" class="c-state">State</th><th scope="col" class="c-what">For</th><th scope="col" class="medium">Where it stands</th><th scope="col" class="wide c-start">Started</th><th scope="col" class="medium c-took">Took</th>${admin ? html`<th scope="col" class="c-act"><span class="sr-only">Action</span></th>` : nothing}</tr></thead>
        <tbody>${repeat(rows.flatMap(({ job, children }) => [{ job, children }, ...(children && opened.has(job.instanceId) ? children.toSorted((a, b) => urgency(a) - urgency(b)).map((child) => ({ job: child, inside: true })) : [])]), ({ job }) => job.instanceId, row)}</tbody></table></div>`
    : html`<div class="panel empty">${text ? html`<p>No job fits this search${next ? " so far" : ""}.</p>` : filter === "all" ? html`<h2>No jobs yet</h2><p>Every certificate that is added, imported or renewed is a job; it is shown here, step by step.</p>` : html`<p>No job is ${filters[filter].toLowerCase()}.</p>`}</div>`}
      <p class="pager">${looking ? html`<span class="muted">Looking through older jobs …</span>` : nothing}${next && filter !== "running" && !looking ? html`<button type="button" @click=${() => loadOlder()}>Show older jobs</button>` : nothing}</p>`, place);
  }

  function row({ job, children, inside }) {
    const steps = children ? null : progress(job), what = subject(job), is = standing(job), message = children && active(job) ? counted(job, children) : says(job), at = nextTry(job);
    const seconds = ((active(job) ? Date.now() : Date.parse(job.lastUpdatedTime)) - Date.parse(job.createdTime)) / 1000;
    const where = active(job) ? html`${steps ? progressPicture(steps) : nothing}<div>${stepTitle(job.customStatus?.status ?? "")}</div><div class="muted small">${message}${at && job.errors ? html` ${until(at)}` : nothing}</div>` : html`<div class="small">${message}</div>`;
    return html`<tr class=${inside ? "inside" : ""}>
      <td>${state(is.kind, is.icon, is.label)}</td>
      <th scope="row"><a class="row-link" href="/jobs/${encodeURIComponent(job.instanceId)}">${dotted(what)}</a><div class="muted small">${flowTitle(job.name)}
        ${children?.length ? html` · <button type="button" class="link" aria-expanded=${opened.has(job.instanceId) ? "true" : "false"} @click=${() => fold(job.instanceId)}>${opened.has(job.instanceId) ? "hide" : "show"} ${number(children.length)} ${children.length === 1 ? "job" : "jobs"}</button>` : nothing}</div>
        <div class="narrow muted small">${active(job) ? html`${steps ? progressPicture(steps) : nothing}<div>${stepTitle(job.customStatus?.status ?? "")}</div>${children ? message : nothing}` : message}</div></th>
      <td class="medium">${where}</td>
      <td class="wide nowrap"><time datetime=${job.createdTime} title=${utc(job.createdTime)}>${moment(job.createdTime)}</time></td>
      <td class="medium nowrap">${duration(seconds)}</td>
      ${session.can("operator") ? html`<td class="c-act">${actions(job, what)}</td>` : nothing}</tr>`;
  }

  // counted is how the jobs of a request fare. Its own message is as old as its last
  // look at them; as long as not all of them are loaded, nothing is said.
  function counted(job, children) {
    const { total, completed, failed, stopped, running: rest } = tally(children);
    if (total !== hostnamesOf(job).length) return "";
    return [`${number(completed)} completed`, failed && `${number(failed)} failed`, stopped && `${number(stopped)} stopped`, `${number(rest)} running`].filter(Boolean).join(", ") + ".";
  }

  function fold(id) {
    if (!opened.delete(id)) opened.add(id);
    redraw();
  }

  const done = () => { poll.refresh(); running.refresh(); };

  function actions(job, what) {
    const may = choices(context, job);
    if (!may.again && !may.stop && !may.remove) return nothing;
    const again = async (event) => {
      const id = await attempt(trouble, event.target, () => requestAgain(api, job));
      if (!id) return;
      running.refresh();
      router.open(`/jobs/${encodeURIComponent(id)}`);
    };
    return html`<details class="menu"><summary aria-label="Actions for ${what}"><span aria-hidden="true">⋯</span></summary><div>
      ${may.again ? html`<button type="button" class="quiet" @click=${again}>Try again</button>` : nothing}
      ${may.stop ? html`<button type="button" class="quiet" @click=${async () => { if (await stop(context, job)) done(); }}>Stop</button>` : nothing}
      ${may.remove ? html`<button type="button" class="quiet" @click=${async () => { if (await remove(context, job)) done(); }}>Remove from list</button>` : nothing}</div></details>`;
  }

  draw(html`<div class="head"><h1>Jobs</h1></div>${trouble}${place}`, node);
  return {
    title: "Jobs", poll, node,
    start() {
      running.addEventListener("change", live);
      running.addEventListener("ended", later);
      poll.start();
      live();
      if (text) search(text);
    },
    stop() {
      clearTimeout(wait);
      clearTimeout(sayLater);
      running.removeEventListener("change", live);
      running.removeEventListener("ended", later);
      poll.stop();
    },
  };
}
