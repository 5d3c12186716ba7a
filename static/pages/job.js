// One job. What it has is loaded when it is known: the steps of a single one, or the
// board of one of many.
import { boardPoll } from "../board.js";
import { until } from "../countdown.js";
import { fact } from "../facts.js";
import { dotted, draw, html, nothing, plural, siteOf, state } from "../html.js";
import { choices, lookAgain, remove, stop } from "../job-actions.js";
import { active, certificateOf, flowTitle, hostnameOf, nextTry, progress, says, standing, stepTitle, subject, tally } from "../job-words.js";
import { progressPicture } from "../pictures/progress.js";
import { adviceFor, attempt, problemPanel } from "../problem.js";
import { withoutProvider } from "../session.js";
import { nameTab } from "../tab.js";
import { duration, moment, utc } from "../time.js";

export default function job(context, id) {
  const { api, router, running, say, session, tell } = context;
  const trouble = document.createElement("div"), place = document.createElement("div"), node = document.createElement("div");
  let last = null, advice = null, said = "", parts = null, board = null;
  const poll = boardPoll(api, id, () => board?.wanted() ?? []);

  poll.addEventListener("change", () => {
    const { data, problem } = poll;
    if (problem && problem.kind !== "signedOut" && !data) return draw(problemPanel(problem, () => poll.refresh(), { href: "/jobs", text: "All jobs" }), place);
    if (!data || problem) return;
    if (!parts || data.children?.length && !board) return load(data);
    const code = data.customStatus?.error;
    if (code && advice?.code !== code) adviceFor(code).then((found) => { advice = { code, ...found }; show(); });
    show();
    news(data);
    last = data;
  });

  async function load(data) {
    if (data.children?.length) {
      const { makeBoard } = await import("./job-board.js");
      board = makeBoard({ session, say, tell, redraw: show, again });
      parts = {};
    } else parts = await import("./job-steps.js");
    poll.dispatchEvent(new Event("change"));
  }

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
    if (!data || !parts || data.children?.length && !board) return;
    const counts = data.children?.length ? tally(data.children) : null;
    const is = standing(data);
    const ended = counts && counts.completed + counts.failed + counts.stopped;
    nameTab(counts ? plural(counts.total, "hostname") : subject(data), active(data) ? (counts ? `${ended}/${counts.total}` : "●") : { Completed: "✓", Failed: "✗" }[data.runtimeStatus] ?? "");
    draw(html`<div class="head"><h1>${counts && counts.total > 2 ? plural(counts.total, "hostname") : dotted(subject(data))}</h1>${state(is.kind, is.icon, is.label)}${actions(data)}</div>
      ${trouble}
      ${counts ? html`${board.headline(data)}${board.view(data, counts)}` : html`${data.runtimeStatus === "Failed" ? nothing : headline(data)}${parts.failure(data, advice, say)}${parts.steps(data)}`}
      <details class="facts-part" ?open=${!counts}><summary><h2>Facts</h2></summary><dl class="panel pad facts">${facts(data)}</dl></details>`, place);
  }

  function headline(data) {
    const done = active(data) && progress(data), at = nextTry(data);
    return html`<p class="summary">${done ? progressPicture(done) : nothing}<span>${says(data)}</span>${at ? html`<span class=${data.errors ? "is-waiting" : "muted"}>${until(at, data.errors ? "Next try" : "Looks again")}</span>` : nothing}${data.errors > 1 ? html`<span class="muted">${data.errors} errors in a row</span>` : nothing}</p>`;
  }

  function actions(data) {
    const name = certificateOf(data), may = choices(context, data), operator = session.can("operator");
    const hostname = hostnameOf(data);
    const broken = data.runtimeStatus === "Failed" || data.runtimeStatus === "Terminated";
    const inPlace = data.runtimeStatus === "Completed" && hostname && data.output?.secretId;
    return html`<div class="actions">
      ${active(data) && operator && !data.children ? html`<button type="button" @click=${async () => { if (await lookAgain(context, data)) poll.refresh(); }}>Look again now</button>` : nothing}
      ${broken && may.again ? html`<button type="button" class=${data.runtimeStatus === "Failed" ? "primary" : ""} @click=${(event) => begin(event.target, ({ requestAgain }) => requestAgain(api, data))}>Try again</button>` : nothing}
      ${broken && data.name === "ImportCertificateFunctions" && hostname && operator ? html`<a class="button primary" href="/import?hostname=${encodeURIComponent(hostname)}">Import again</a>` : nothing}
      ${inPlace ? html`<a class="button" href=${siteOf(hostname)} target="_blank" rel="noopener noreferrer">Open the site <span aria-hidden="true">↗</span></a>` : nothing}
      ${name && !active(data) ? html`<a class="button ${broken && data.name !== "RenewCertificateFunctions" ? "" : "primary"}" href="/certificates/${encodeURIComponent(name)}">See the certificate</a>` : nothing}
      ${may.stop ? html`<button type="button" class="danger" @click=${async () => { if (await stop(context, poll.data)) poll.refresh(); }}>Stop</button>` : nothing}
      ${may.remove ? html`<button type="button" class="quiet" @click=${async () => { if (await remove(context, data)) router.open("/jobs"); }}>Remove from list</button>` : nothing}</div>`;
  }

  const again = (button, hostnames) => begin(button, ({ request }) => request(api, hostnames));

  async function begin(button, ask) {
    const next = await attempt(trouble, button, async () => ask(await import("../request.js")));
    if (!next) return;
    running.refresh();
    router.open(`/jobs/${encodeURIComponent(next)}`);
  }

  function facts(data) {
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
  return { title: "Job", poll, job: id, node, start() { poll.start(); }, stop() { poll.stop(); } };
}
