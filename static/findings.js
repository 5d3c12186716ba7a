// What checks have found, as rows: used for the set-up and for a hostname.
import { dotted, html, icon, nothing } from "./html.js";
import { copy } from "./clipboard.js";

const looks = {
  fine: ["ok", "ok", "Fine"], mend: ["stop", "failed", "To mend"],
  noAnswer: ["warn", "waiting", "Does not answer"], later: ["help", "ahead", "Not known yet"],
};

export const lookOf = (finding) => looks[finding.state] ?? looks[finding.ok === true ? "fine" : finding.ok === false ? "mend" : "later"];

// findingRow is one of them. names are the titles of the other checks, for one that
// waits for another.
/**
 * @param {Api.Finding} finding
 * @param {Record<string, string>} titles
 * @param {any} more
 */
export function findingRow(finding, titles = {}, more = nothing) {
  const [mark, kind, word] = lookOf(finding);
  const waits = finding.waitsFor && html`First: <em>${titles[finding.waitsFor] ?? finding.waitsFor}</em>.`;
  const fix = finding.state === "fine" || finding.state === "later" ? null : finding.fix;
  return html`<li class="finding"><span class="mark is-${kind}">${icon(mark)}</span>
    <div><p class="name">${finding.title ?? finding.check}</p><p>${finding.finding}</p>
      ${waits ? html`<p class="muted">${waits}</p>` : fix ? html`<p><strong>What to do:</strong> ${fix}</p>` : nothing}${more}</div>
    <div class="time is-${kind}">${word}</div></li>`;
}

const kinds = {
  CNAME: "for a name below a domain", A: "the gateway’s IPv4 address", AAAA: "the gateway’s IPv6 address",
  ALIAS: "for a bare domain, if the DNS provider has it (also called ANAME or flattened CNAME)", CAA: "lets this authority issue",
};

// records are DNS records to make, each with its own button to copy.
export function records(advice, say) {
  const part = (name, inside) => html`<div><dt>${name}</dt><dd>${inside}</dd></div>`;
  return html`<ul class="panel plain records">${advice.map((record) => html`<li><dl>
    ${part("Type", html`<strong>${record.type}</strong><div class="muted small">${kinds[record.type] ?? ""}</div>`)}
    ${part("Name", html`<span class="record">${dotted(record.name)}</span>`)}${part("Value", html`<span class="record">${dotted(record.value)}</span>`)}</dl>
    <button type="button" @click=${() => copy(record.value, say)}>Copy value<span class="sr-only"> ${record.value}</span></button></li>`)}</ul>`;
}

// caaRecord is the record that a finding about CAA asks for, if it asks for one.
/** @param {Api.Finding} [finding] */
export const caaRecord = (finding) => finding?.record ?? null;

/** @param {Api.HostnameReport} report */
export const check = (report, name) => report.checks?.find((finding) => finding.check === name);
