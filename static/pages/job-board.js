// The board of a job of many: a row for each hostname, failed ones first, a hundred of
// them drawn; what failed can be tried again and copied.
import { copy } from "../clipboard.js";
import { dotted, html, icon, nothing, number, plural, repeat, state } from "../html.js";
import { active, childSays, standing, stepTitle, stepsOf, tally, urgency } from "../job-words.js";
import { progressPicture } from "../pictures/progress.js";
import { sharesPicture } from "../pictures/shares.js";
import { duration } from "../time.js";

const rowsShown = 100;
const kinds = { all: ["All", () => true], failed: ["Failed", (c) => c.runtimeStatus === "Failed"], running: ["Running", active], completed: ["Done", (c) => c.runtimeStatus === "Completed"] };

// makeBoard keeps what a person chose. again(button, hostnames) asks once more; wanted()
// are the indexes of the rows that are drawn and still move.
export function makeBoard({ session, say, tell, redraw, again }) {
  let filter = "all", text = "", page = 0, drawn = [];

  function view(data, counts) {
    const failed = data.children.filter((child) => child.runtimeStatus === "Failed");
    const stopped = data.children.filter((child) => child.runtimeStatus === "Terminated");
    const tried = [...failed, ...(active(data) ? [] : stopped)].map((child) => child.hostname);
    const words = text.toLowerCase().trim();
    const rows = data.children.map((child, i) => ({ child, i })).filter(({ child }) => kinds[filter][1](child) && child.hostname.includes(words)).toSorted((a, b) => urgency(a.child) - urgency(b.child));
    const pages = Math.max(1, Math.ceil(rows.length / rowsShown));
    page = Math.min(page, pages - 1);
    const part = rows.slice(page * rowsShown, (page + 1) * rowsShown);
    drawn = part.filter(({ child }) => active(child)).map(({ i }) => i);
    const count = { all: counts.total, failed: counts.failed, running: counts.running, completed: counts.completed };
    const turn = (to) => () => { page = to; redraw(); document.querySelector("table.board")?.scrollIntoView({ block: "start" }); };
    return html`<section><h2 class="sr-only">Hostnames</h2><div class="toolbar">
        ${counts.total > 10 ? html`<div class="search"><label class="sr-only" for="board-search">Search</label><input type="search" id="board-search" placeholder="Search hostname" autocomplete="off" .value=${text} @input=${(event) => { text = event.target.value; page = 0; redraw(); }}></div>` : nothing}
        <fieldset class="filters"><legend class="sr-only">State</legend>${Object.entries(kinds).map(([key, [label]]) => html`<label><input type="radio" name="kind" value=${key} .checked=${filter === key} @change=${() => { filter = key; page = 0; redraw(); tell(`${plural(count[key], "hostname")}.`); }}>${label}<span class="n">${number(count[key])}</span></label>`)}</fieldset>
        ${tried.length && session.can("operator") && data.name === "AddMultipleCertificatesFunctions" ? html`<button type="button" class="primary push" @click=${(event) => again(event.target, tried)}>${tried.length === 1 ? "Try the failed one again" : `Try the ${number(tried.length)} again`}</button>` : nothing}
        ${failed.length ? html`<button type="button" @click=${() => copy(failed.map((child) => child.hostname).join("\n"), say, `${plural(failed.length, "hostname")} copied.`)}>Copy failed</button>` : nothing}</div>
      <div class="panel"><table class="board"><caption class="sr-only">One job for each hostname, failed ones first</caption>
        <thead><tr><th scope="col" class="c-name">Hostname</th><th scope="col" class="c-state">State</th><th scope="col" class="wide c-steps">Steps</th><th scope="col" class="medium">Where it stands</th></tr></thead>
        <tbody>${repeat(part, ({ i }) => i, ({ child }) => childRow(child))}</tbody></table></div>
      ${pages > 1 ? html`<nav class="pager" aria-label="Pages of the table"><button type="button" ?disabled=${page === 0} @click=${turn(page - 1)}>Previous</button><button type="button" ?disabled=${page === pages - 1} @click=${turn(page + 1)}>Next</button>
        <span class="muted">${number(page * rowsShown + 1)}–${number(Math.min((page + 1) * rowsShown, rows.length))} of ${number(rows.length)}</span></nav>` : nothing}</section>`;
  }

  return { view, headline, wanted: () => drawn };
}

function childRow(child) {
  const is = standing(child), list = stepsOf("AddCertificateFunctions") ?? [];
  const at = child.runtimeStatus === "Completed" ? list.length : list.indexOf(child.customStatus.status);
  const words = active(child) ? child.customStatus.message && at < 0 ? child.customStatus.message : stepTitle(child.customStatus.status) : childSays(child);
  return html`<tr><th scope="row">${child.instanceId ? html`<a class="row-link" href="/jobs/${encodeURIComponent(child.instanceId)}">${dotted(child.hostname)}</a>` : dotted(child.hostname)}<div class="narrow muted small">${words}</div></th>
    <td>${state(is.kind, is.icon, is.label)}</td>
    <td class="wide">${at >= 0 ? progressPicture({ done: at, total: list.length }) : nothing}</td><td class="medium small">${words}</td></tr>`;
}

// headline counts the children as they are now, whatever the job itself last wrote.
function headline(data) {
  const counts = tally(data.children);
  return html`<div class="panel pad shares-part">${sharesPicture(counts)}<p class="summary"><span class="is-Completed">${icon("ok")} ${number(counts.completed)} completed</span>
    ${counts.failed ? html`<span class="is-Failed">${icon("stop")} ${number(counts.failed)} failed</span>` : nothing}
    ${counts.running ? html`<span class="is-Running">${icon("run")} ${number(counts.running)} running</span>` : nothing}
    ${counts.stopped ? html`<span class="is-Terminated">${icon("off")} ${number(counts.stopped)} stopped</span>` : nothing}
    ${remaining(data, counts)}</p></div>`;
}

// remaining is how long the rest takes, if it goes on as until now.
function remaining(data, counts) {
  const ended = counts.total - counts.running, spent = (Date.now() - Date.parse(data.createdTime)) / 1000;
  if (!active(data) || ended < 5 || !counts.running) return nothing;
  return html`<span class="muted">about ${duration(Math.max(10, Math.round(spent / ended * counts.running / 10) * 10))} left</span>`;
}
