// The table of certificates: its columns, sorted by their heads, and its rows.
import { served, stateOf, title } from "../certificate-states.js";
import { dotted, html, nothing, repeat, state } from "../html.js";
import { date, relative, shortDate, utc } from "../time.js";

const columns = [
  { key: "state", label: "State" }, { key: "name", label: "Certificate" }, { key: "expiry", label: "Expires" },
  { label: "Renewal window", class: "wide" }, { label: "On the gateway", class: "medium" },
];

// certificatesTable draws the rows. wish.sort is the column that they are sorted by;
// change is told another one.
export const certificatesTable = (rows, wish, change) => html`<div class="panel"><table class="certificates"><caption class="sr-only">Certificates</caption>
  <thead><tr>${columns.map((column) => html`<th scope="col" class=${column.class ?? nothing} aria-sort=${wish.sort.replace("-", "") === column.key ? (wish.sort.startsWith("-") ? "descending" : "ascending") : nothing}>${column.key
    ? html`<button type="button" @click=${() => change({ sort: wish.sort === column.key ? `-${column.key}` : column.key, page: 1 })}><span class="word">${column.label} </span></button>` : column.label}</th>`)}</tr></thead>
  <tbody>${repeat(rows, (c) => c.name, row)}</tbody></table></div>`;

// waiting stands there until the first rows have come.
export const waiting = html`<p class="summary">Loading …</p><div class="panel"><table class="certificates" aria-hidden="true"><tbody>${Array.from({ length: 8 }, () => html`<tr class="rows-loading"><td><span class="shimmer"></span></td><td><span class="shimmer"></span></td><td><span class="shimmer"></span></td></tr>`)}</tbody></table></div>`;

function row(c) {
  const is = stateOf(c);
  const more = (c.hostnames?.length ?? 1) - 1;
  return html`<tr>
    <td>${state(is.kind, is.icon, is.label)}</td>
    <th scope="row"><a class="row-link" href="/certificates/${encodeURIComponent(c.name)}">${dotted(title(c))}</a>${more > 0 ? html` <span class="muted small nowrap">and ${more} more</span>` : nothing}
      ${is.kind !== "ok" ? html`<div class="narrow small is-${is.kind}" aria-hidden="true">${is.label}</div>` : nothing}
      ${c.reason ? html`<div class="muted small">${c.reason}</div>` : nothing}</th>
    <td><time class="nowrap" datetime=${c.notAfter} title=${utc(c.notAfter)}>${date(c.notAfter)}</time> <span class="muted small nowrap in">${relative(c.notAfter)}</span></td>
    <td class="wide nowrap">${c.renewal ? `${shortDate(c.renewal.start)} – ${date(c.renewal.end)}` : c.imported ? html`<span class="muted">imported</span>` : "–"}</td>
    <td class="medium">${served[c.served] ?? c.served}</td></tr>`;
}
