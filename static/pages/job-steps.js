// The steps of one job, and on a failure what was said and what to do.
import { copy } from "../clipboard.js";
import { html, icon, nothing, plural, repeat } from "../html.js";
import { timeline } from "../job-timeline.js";
import { hostnameOf, reason, subject } from "../job-words.js";
import { clock, duration, shortDate, utc } from "../time.js";

const stepMarks = { done: "ok", current: "run", waiting: "clock", failed: "stop", stopped: "off", skipped: "off", ahead: "ahead", unreached: "ahead" };
const stepWords = { done: "done", current: "under way", waiting: "waiting", failed: "failed here", stopped: "stopped here", skipped: "skipped", ahead: "ahead", unreached: "not reached" };
const notesShown = 2;

// when is the clock; of another day, which day too.
const when = (iso) => (shortDate(iso) === shortDate(Date.now()) ? clock(iso) : `${shortDate(iso)}, ${clock(iso)}`);

// What went wrong: who said what, and what to do, which is the largest. While the job
// cleans up, its message is about that, and the reason stands at the step that failed.
export function failure(data, advice, say) {
  const { runtimeStatus, customStatus } = data;
  const code = customStatus?.error;
  if (runtimeStatus !== "Failed" && !code) return nothing;
  const step = timeline(data).steps.find((s) => s.state === "failed");
  const where = step ? ` at “${step.title}”` : "";
  const why = reason((runtimeStatus !== "Failed" && step?.notes.at(-1)?.text) || customStatus.message);
  const hostname = hostnameOf(data);
  const found = advice?.code === code ? advice : null;
  return html`<section class="problem"><h2>${runtimeStatus === "Failed" ? `It failed${where}` : `It failed${where}, and cleans up now`}</h2>
    <blockquote>${why}</blockquote>
    ${found?.fix ? html`<p class="todo"><strong>What to do:</strong> ${found.fix}</p>` : nothing}
    <p class="actions">${hostname && !hostname.startsWith("*") ? html`<a class="button" href="/hostnames/${encodeURIComponent(hostname)}">What DNS says for ${hostname}</a>` : nothing}
      ${found?.fix ? html`<button type="button" @click=${() => copy(`${subject(data)}: ${why}\n\nWhat to do: ${found.fix}\n`, say)}>Copy the advice</button>` : nothing}</p>
    <details class="small"><summary>Details</summary>${found?.means ? html`<p>${found.means}</p>` : nothing}${code ? html`<p>Code <code>${code}</code></p>` : nothing}</details></section>`;
}

// steps are the timeline of a job, and its clean-up.
export function steps(data) {
  const found = timeline(data);
  const reached = found.steps.filter((s) => s.state !== "unreached"), unreached = found.steps.length - reached.length;
  if (!found.steps.length) return nothing;
  return html`<section><h2>Steps</h2><ol class="panel plain steps">${repeat(reached, (s) => s.name, stepRow)}
      ${unreached ? html`<li class="is-unreached"><span class="mark">${icon("ahead")}</span><p class="name">${plural(unreached, reached.length ? "more step" : "step")} ${unreached === 1 ? "was" : "were"} not reached</p></li>` : nothing}</ol></section>
    ${found.cleanUp.length ? html`<section><h2>Clean-up</h2><ol class="panel plain steps">${repeat(found.cleanUp, (s) => s.name, stepRow)}</ol></section>` : nothing}`;
}

function stepRow(s) {
  const line = (note) => html`<li><time datetime=${note.at} title=${utc(note.at)}>${when(note.at)}</time> ${reason(note.text)}${note.times > 1 ? html` <span class="muted">${note.times} times since ${when(note.first)}</span>` : nothing}</li>`;
  const notes = s.state === "failed" ? s.notes.slice(0, -1) : s.notes; // the last one stands in the panel above
  const earlier = notes.slice(0, -notesShown);
  const repeats = [s.visits > 1 && `${s.visits} times`, s.attempts && plural(s.attempts, "error"), s.waits > 1 && plural(s.waits, "wait")].filter(Boolean).join(", ");
  const kind = s.state === "waiting" && !s.attempts ? "current" : s.state; // to wait is no trouble by itself
  return html`<li class="is-${kind}" title=${s.name}><span class="mark"><span class="is-${kind}">${icon(stepMarks[s.state])}</span></span>
    <div><p class="name">${s.title}<span class="sr-only">, ${stepWords[s.state]}</span></p><ul class="notes">${notes.slice(-notesShown).map(line)}</ul>
      ${earlier.length ? html`<details class="small muted"><summary>${earlier.length} earlier</summary><ul class="notes">${earlier.map(line)}</ul></details>` : nothing}</div>
    <div class="time">${s.from ? html`<div>${duration(s.seconds)}</div>` : nothing}${s.state === "skipped" || s.state === "failed" ? html`<div class="muted small" aria-hidden="true">${stepWords[s.state]}</div>` : nothing}${repeats ? html`<div class="muted small">${repeats}</div>` : nothing}</div></li>`;
}
