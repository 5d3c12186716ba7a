// One job: its steps as a timeline with state, duration and attempts, and on a
// failure what was said and what to do. A job of many is a board of its hostnames.
import { boardPoll } from "../board.js";
import { copy } from "../clipboard.js";
import { until } from "../countdown.js";
import { dotted, draw, html, icon, nothing, number, plural, repeat, siteOf, state } from "../html.js";
import { choices, lookAgain, remove, request, stop } from "../job-actions.js";
import { timeline } from "../job-timeline.js";
import { active, certificateOf, childSays, flowTitle, hostnameOf, nextTry, progress, reason, says, standing, stepTitle, stepsOf, subject, tally } from "../job-words.js";
import { progressPicture, sharesPicture } from "../pictures/progress.js";
import { adviceFor, attempt, problemPanel } from "../problem.js";
import { withoutProvider } from "../session.js";
import { nameTab } from "../tab.js";
import { clock, duration, moment, utc } from "../time.js";

const stepMarks = { done: "ok", current: "run", waiting: "clock", failed: "stop", stopped: "off", skipped: "off", ahead: "ahead", unreached: "ahead" };
const stepWords = { done: "done", current: "under way", waiting: "waiting", failed: "failed here", stopped: "stopped here", skipped: "skipped", ahead: "ahead", unreached: "not reached" };
const notesShown = 2;
const rowsShown = 100;
const kinds = { all: ["All", () => true], failed: ["Failed", (c) => c.runtimeStatus === "Failed"], running: ["Running", active], completed: ["Done", (c) => c.runtimeStatus === "Completed"] };

export default function job(context, id) {
  const { api, router, running, say, session, tell } = context;
  const trouble = document.createElement("div"), place = document.createElement("div"), node = document.createElement("div");
  let last = null, advice = null, filter = "all", text = "", page = 0, drawn = [], said = "";
  const poll = boardPoll(api, id, () => drawn);

  poll.addEventListener("change", () => {
    const { data, problem } = poll;
    if (problem && problem.kind !== "signedOut" && !data) return draw(problemPanel(problem, () => poll.refresh(), { href: "/jobs", text: "All jobs" }), place);
    if (!data || problem) return;
    const code = data.customStatus?.error;
    if (code && advice?.code !== code) adviceFor(code).then((found) => { advice = { code, ...found }; show(); });
    show();
    news(data);
    last = data;
  });

  // What is new is on the page; screen readers are told of it.
  function news(data) {
    const counts = data.children?.length ? tally(data.children) : null;
    const words = data.runtimeStatus !== last?.runtimeStatus && !active(data) ? `${subject(data)}: ${standing(data).label.toLowerCase()}.`
      : counts ? (counts.failed !== (last?.children ? tally(last.children).failed : 0) ? `${counts.failed} failed.` : "")
        : data.customStatus?.status !== last?.customStatus?.status ? `${stepTitle(data.customStatus?.status ?? "")}.` : "";
    if (last && words && words !== said) tell(said = words);
  }

  function show() {
    const data = poll.data;
    if (!data) return;
    const counts = data.children?.length ? tally(data.children) : null;
    const is = standing(data);
    const ended = counts && counts.completed + counts.failed + counts.stopped;
    nameTab(counts ? plural(counts.total, "hostname") : subject(data), active(data) ? (counts ? `${ended}/${counts.total}` : "●") : { Completed: "✓", Failed: "✗" }[data.runtimeStatus] ?? "");
    draw(html`<div class="head"><h1>${counts && counts.total > 2 ? plural(counts.total, "hostname") : dotted(subject(data))}</h1>${state(is.kind, is.icon, is.label)}${actions(data)}</div>
      ${trouble}
      ${data.runtimeStatus === "Failed" && !counts ? nothing : headline(data, counts)}
      ${failure(data, counts)}
      ${counts ? board(data, counts) : nothing}
      ${steps(data)}
      <details class="facts-part" ?open=${!counts}><summary><h2>Facts</h2></summary><dl class="panel pad facts">${facts(data)}</dl></details>`, place);
  }

  function headline(data, counts) {
    if (counts) {
      return html`<div class="panel pad shares-part">${sharesPicture(counts)}<p class="summary"><span class="is-Completed">${icon("ok")} ${number(counts.completed)} completed</span>
        ${counts.failed ? html`<span class="is-Failed">${icon("stop")} ${number(counts.failed)} failed</span>` : nothing}
        ${counts.running ? html`<span class="is-Running">${icon("run")} ${number(counts.running)} running</span>` : nothing}
        ${counts.stopped ? html`<span class="is-Terminated">${icon("off")} ${number(counts.stopped)} stopped</span>` : nothing}
        ${remaining(data, counts)}</p></div>`;
    }
    const done = active(data) && progress(data), at = nextTry(data);
    return html`<p class="summary">${done ? progressPicture(done) : nothing}<span>${says(data)}</span>${at ? html`<span class=${data.errors ? "is-waiting" : "muted"}>${until(at, data.errors ? "Next try" : "Looks again")}</span>` : nothing}${data.errors > 1 ? html`<span class="muted">${data.errors} errors in a row</span>` : nothing}</p>`;
  }

  // How long the rest takes, if it goes on as until now.
  function remaining(data, counts) {
    const ended = counts.total - counts.running, spent = (Date.now() - Date.parse(data.createdTime)) / 1000;
    if (!active(data) || ended < 5 || !counts.running) return nothing;
    return html`<span class="muted">about ${duration(Math.max(10, Math.round(spent / ended * counts.running / 10) * 10))} left</span>`;
  }

  function actions(data) {
    const name = certificateOf(data), may = choices(context, data), operator = session.can("operator");
    const hostname = hostnameOf(data);
    const broken = data.runtimeStatus === "Failed" || data.runtimeStatus === "Terminated";
    const inPlace = data.runtimeStatus === "Completed" && hostname && data.output?.secretId;
    return html`<div class="actions">
      ${active(data) && operator && !data.children ? html`<button type="button" @click=${async () => { if (await lookAgain(context, data)) poll.refresh(); }}>Look again now</button>` : nothing}
      ${broken && may.again && hostname ? html`<button type="button" class=${data.runtimeStatus === "Failed" ? "primary" : ""} @click=${(event) => again(event.target, [hostname])}>Try again</button>` : nothing}
      ${broken && data.name === "ImportCertificateFunctions" && hostname && operator ? html`<a class="button primary" href="/import?hostname=${encodeURIComponent(hostname)}">Import again</a>` : nothing}
      ${inPlace ? html`<a class="button" href=${siteOf(hostname)} target="_blank" rel="noopener noreferrer">Open the site <span aria-hidden="true">↗</span></a>` : nothing}
      ${name && !active(data) ? html`<a class="button ${broken && data.name !== "RenewCertificateFunctions" ? "" : "primary"}" href="/certificates/${encodeURIComponent(name)}">See the certificate</a>` : nothing}
      ${may.stop ? html`<button type="button" class="danger" @click=${async () => { if (await stop(context, poll.data)) poll.refresh(); }}>Stop</button>` : nothing}
      ${may.remove ? html`<button type="button" class="quiet" @click=${async () => { if (await remove(context, data)) router.open("/jobs"); }}>Remove from list</button>` : nothing}</div>`;
  }

  async function again(button, hostnames) {
    const next = await attempt(trouble, button, () => request(api, hostnames));
    if (!next) return;
    running.refresh();
    router.open(`/jobs/${encodeURIComponent(next)}`);
  }

  // What went wrong: who said what, and what to do, which is the largest.
  function failure(data, counts) {
    const { runtimeStatus, customStatus } = data;
    const code = customStatus?.error;
    if (runtimeStatus !== "Failed" && !code || counts) return nothing;
    const step = timeline(data).steps.find((s) => s.state === "failed");
    const where = step ? ` at “${step.title}”` : "";
    const hostname = hostnameOf(data);
    const found = advice?.code === code ? advice : null;
    return html`<section class="problem"><h2>${runtimeStatus === "Failed" ? `It failed${where}` : `It failed${where}, and cleans up now`}</h2>
      <blockquote>${reason(customStatus.message)}</blockquote>
      ${found?.fix ? html`<p class="todo"><strong>What to do:</strong> ${found.fix}</p>` : nothing}
      <p class="actions">${found?.fix ? html`<button type="button" class="quiet" @click=${() => copy(`${subject(data)}: ${reason(customStatus.message)}\n\nWhat to do: ${found.fix}\n`, say)}>Copy</button>` : nothing}
        ${hostname && !hostname.startsWith("*") ? html`<a class="button quiet" href="/hostnames/${encodeURIComponent(hostname)}">What DNS says for ${hostname}</a>` : nothing}</p>
      <details class="small"><summary>Details</summary>${found?.means ? html`<p>${found.means}</p>` : nothing}${code ? html`<p>Code <code>${code}</code></p>` : nothing}</details></section>`;
  }

  function board(data, counts) {
    const failed = data.children.filter((child) => child.runtimeStatus === "Failed");
    const stopped = data.children.filter((child) => child.runtimeStatus === "Terminated");
    const tried = [...failed, ...(active(data) ? [] : stopped)].map((child) => child.hostname);
    const words = text.toLowerCase().trim();
    const rows = data.children.map((child, i) => ({ child, i })).filter(({ child }) => kinds[filter][1](child) && child.hostname.includes(words)).toSorted((a, b) => first(a.child) - first(b.child));
    const pages = Math.max(1, Math.ceil(rows.length / rowsShown));
    page = Math.min(page, pages - 1);
    const part = rows.slice(page * rowsShown, (page + 1) * rowsShown);
    drawn = part.filter(({ child }) => active(child)).map(({ i }) => i);
    const count = { all: counts.total, failed: counts.failed, running: counts.running, completed: counts.completed };
    const turn = (to) => () => { page = to; show(); node.querySelector("table.board")?.scrollIntoView({ block: "start" }); };
    return html`<section><h2 class="sr-only">Hostnames</h2><div class="toolbar">
        ${counts.total > 10 ? html`<div class="search"><label class="sr-only" for="board-search">Search</label><input type="search" id="board-search" placeholder="Search hostname" autocomplete="off" .value=${text} @input=${(event) => { text = event.target.value; page = 0; show(); }}></div>` : nothing}
        <fieldset class="filters"><legend class="sr-only">State</legend>${Object.entries(kinds).map(([key, [label]]) => html`<label><input type="radio" name="kind" value=${key} .checked=${filter === key} @change=${() => { filter = key; page = 0; show(); tell(`${plural(count[key], "hostname")}.`); }}>${label}<span class="n">${number(count[key])}</span></label>`)}</fieldset>
        ${tried.length && session.can("operator") ? html`<button type="button" class="primary push" @click=${(event) => again(event.target, tried)}>${tried.length === 1 ? "Try the failed one again" : `Try the ${number(tried.length)} again`}</button>` : nothing}
        ${failed.length ? html`<button type="button" @click=${() => copy(failed.map((child) => child.hostname).join("\n"), say, `${plural(failed.length, "hostname")} copied.`)}>Copy failed</button>` : nothing}</div>
      <div class="panel"><table class="board"><caption class="sr-only">One job for each hostname, failed ones first</caption>
        <thead><tr><th scope="col" class="c-name">Hostname</th><th scope="col" class="c-state">State</th><th scope="col" class="medium c-steps">Steps</th><th scope="col" class="medium">Where it stands</th></tr></thead>
        <tbody>${repeat(part, ({ i }) => i, ({ child }) => childRow(child))}</tbody></table></div>
      ${pages > 1 ? html`<nav class="pager" aria-label="Pages of the table"><button type="button" ?disabled=${page === 0} @click=${turn(page - 1)}>Previous</button><button type="button" ?disabled=${page === pages - 1} @click=${turn(page + 1)}>Next</button>
        <span class="muted">${number(page * rowsShown + 1)}–${number(Math.min((page + 1) * rowsShown, rows.length))} of ${number(rows.length)}</span></nav>` : nothing}</section>`;
  }

  function childRow(child) {
    const is = standing(child), list = stepsOf("AddCertificateFunctions") ?? [];
    const at = child.runtimeStatus === "Completed" ? list.length : list.indexOf(child.customStatus.status);
    const words = active(child) ? child.customStatus.message && at < 0 ? child.customStatus.message : stepTitle(child.customStatus.status) : childSays(child);
    return html`<tr><th scope="row">${child.instanceId ? html`<a class="row-link" href="/jobs/${encodeURIComponent(child.instanceId)}">${dotted(child.hostname)}</a>` : dotted(child.hostname)}<div class="narrow muted small">${words}</div></th>
      <td>${state(is.kind, is.icon, is.label)}</td>
      <td class="medium">${at >= 0 ? progressPicture({ done: at, total: list.length }) : nothing}</td><td class="medium small">${words}</td></tr>`;
  }

  function steps(data) {
    const found = timeline(data);
    const reached = found.steps.filter((s) => s.state !== "unreached"), unreached = found.steps.length - reached.length;
    if (!found.steps.length || data.children?.length) return nothing;
    return html`<section><h2>Steps</h2><ol class="panel plain steps">${repeat(reached, (s) => s.name, stepRow)}
        ${unreached ? html`<li class="is-unreached"><span class="mark">${icon("ahead")}</span><p class="name">${plural(unreached, reached.length ? "more step" : "step")} ${unreached === 1 ? "was" : "were"} not reached</p></li>` : nothing}</ol></section>
      ${found.cleanUp.length ? html`<section><h2>Clean-up</h2><ol class="panel plain steps">${repeat(found.cleanUp, (s) => s.name, stepRow)}</ol></section>` : nothing}`;
  }

  function facts(data) {
    const fact = (name, value) => (value ? html`<dt>${name}</dt><dd>${value}</dd>` : nothing);
    const took = (active(data) ? Date.now() : Date.parse(data.lastUpdatedTime)) - Date.parse(data.createdTime);
    const name = certificateOf(data), hostname = hostnameOf(data);
    return html`${fact("Hostname", hostname && html`<a href="/hostnames/${encodeURIComponent(hostname)}">${hostname}</a>`)}
      ${fact("Certificate", name && html`<a href="/certificates/${encodeURIComponent(name)}">${name}</a>`)}
      ${fact("Job", flowTitle(data.name))}${fact("Asked by", withoutProvider(data.requestedBy))}
      ${fact("Part of", data.parentId && html`<a href="/jobs/${encodeURIComponent(data.parentId)}">a request for several hostnames</a>`)}
      ${fact("Started", html`<time datetime=${data.createdTime} title=${utc(data.createdTime)}>${moment(data.createdTime)}</time>`)}
      ${fact(active(data) ? "Running for" : "Took", duration(took / 1000))}${fact("Id", html`<code>${data.instanceId}</code>`)}`;
  }

  draw(html`<p class="back"><a href="/jobs">All jobs</a></p>${place}`, node);
  draw(html`<div class="head"><h1>Job</h1></div><p class="muted">Loading …</p>`, place);
  return { title: "Job", poll, node, start() { poll.start(); }, stop() { poll.stop(); } };
}

const first = (child) => (child.runtimeStatus === "Failed" ? 0 : active(child) ? 1 : 2);

function stepRow(s) {
  const line = (note) => html`<li><time datetime=${note.at} title=${utc(note.at)}>${clock(note.at)}</time> ${reason(note.text)}${note.times > 1 ? html` <span class="muted">${note.times} times since ${clock(note.first)}</span>` : nothing}</li>`;
  const notes = s.state === "failed" ? s.notes.slice(0, -1) : s.notes; // the last one stands in the panel above
  const earlier = notes.slice(0, -notesShown);
  const repeats = [s.visits > 1 && `${s.visits} times`, s.attempts && plural(s.attempts, "error"), s.waits > 1 && plural(s.waits, "wait")].filter(Boolean).join(", ");
  return html`<li class="is-${s.state}" title=${s.name}><span class="mark"><span class="is-${s.state}">${icon(stepMarks[s.state])}</span></span>
    <div><p class="name">${s.title}<span class="sr-only">, ${stepWords[s.state]}</span></p><ul class="notes">${notes.slice(-notesShown).map(line)}</ul>
      ${earlier.length ? html`<details class="small muted"><summary>${earlier.length} earlier</summary><ul class="notes">${earlier.map(line)}</ul></details>` : nothing}</div>
    <div class="time">${s.from ? html`<div>${duration(s.seconds)}</div>` : nothing}${s.state === "skipped" || s.state === "failed" ? html`<div class="muted small" aria-hidden="true">${stepWords[s.state]}</div>` : nothing}${repeats ? html`<div class="muted small">${repeats}</div>` : nothing}</div></li>`;
}
