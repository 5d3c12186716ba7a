// The table of listeners: its columns, sorted by their heads, and its rows. What needs
// somebody says why and what to do.
import { takable } from "../chosen-listeners.js";
import { about, addressOf, endOf, fix, reaches, reason, renewedBy, served, source, stateOf, title } from "../listener-words.js";
import { dotted, html, icon, nothing, repeat, state } from "../html.js";
import { date, relative, utc } from "../time.js";

const namesShown = 3;

const columns = [
  { key: "state", label: "State", class: "c-state" }, { key: "name", label: "Listener" }, { key: "expiry", label: "Expires", class: "c-ends" },
  { label: "Renewed by", class: "medium c-by" }, { label: "Certificate", class: "wide c-from" },
];

// listenersTable draws the rows. wish.sort is the column that they are sorted by; change is
// told another one. may has what is selected and how to change that, or is null.
export const listenersTable = (rows, wish, change, may) => html`<div class="panel"><table class="certificates listeners ${may ? "picking" : ""}"><caption class="sr-only">Listeners and what else on the gateway has a certificate</caption>
  <thead><tr>${may ? html`<th scope="col" class="c-pick"><span class="sr-only">Take over</span></th>` : nothing}${columns.map((column) => html`<th scope="col" class=${column.class ?? nothing} aria-sort=${wish.sort.replace("-", "") === column.key ? (wish.sort.startsWith("-") ? "descending" : "ascending") : nothing}>${column.key
    ? html`<button type="button" @click=${() => change({ sort: wish.sort === column.key ? `-${column.key}` : column.key, page: 1 })}><span class="word">${column.label} </span></button>` : column.label}</th>`)}</tr></thead>
  <tbody>${repeat(rows, (row) => `${row.kind}/${row.collection}/${row.name}`, (row) => line(row, may))}</tbody></table></div>`;

/** @param {Api.Listener} row */
function line(row, may) {
  const is = stateOf(row), by = renewedBy(row), end = endOf(row), of = about(row), todo = fix(row), { who } = row.renewedBy;
  const more = row.hostnames.length - namesShown;
  return html`<tr>
    ${may ? html`<td class="pick">${takable(row) ? html`<label class="check"><input type="checkbox" aria-label="Choose ${title(row)}" .checked=${may.selected.has(row.name)} @change=${(event) => may.select([row.name], event.target.checked)}></label>` : nothing}</td>` : nothing}
    <td class="is">${state(is.kind, is.icon, is.label)}</td>
    <th scope="row"><a class="row-link" href=${addressOf(row)}>${dotted(title(row))}</a>
      ${row.hostnames.length > 1 ? html`<div class="muted small">${row.hostnames.slice(1, namesShown).map((name, i) => html`${i ? ", " : ""}${dotted(name)}`)}${more > 0 ? ` and ${more} more` : ""}</div>` : nothing}
      ${of ? html`<div class="muted small">${of}</div>` : nothing}
      ${is.kind !== "ok" ? html`<div class="label small is-${is.kind}" aria-hidden="true">${is.label}</div>` : nothing}
      ${is.needs || row.state === "unknown" ? html`<div class="small why">${reason(row)}</div>${todo ? html`<div class="small why"><strong>What to do:</strong> ${todo}</div>` : nothing}` : nothing}</th>
    <td class="ends">${end ? html`<time class="nowrap" datetime=${end} title=${utc(end)}>${date(end)}</time> <span class="muted small nowrap">${relative(end)}</span>` : html`<span class="muted">not known</span>`}
      <div class="narrow muted small">${who === "nobody" ? "Nobody renews it" : who === "unknown" ? "Who renews it is not known" : `Renewed by ${by.words}${by.guess ? ", probably" : ""}`}</div></td>
    <td class="medium">${by.words}${by.guess ? html` <span class="muted small nowrap">probably</span>` : nothing}${by.more && ["somebody", "keyVault"].includes(who) ? html`<div class="muted small">${by.more}</div>` : nothing}</td>
    <td class="wide">${source(row)}${reaches(row).ok === false ? html`<div class="small">${icon("warn")} Renewals do not reach the gateway</div>` : nothing}
      ${row.kind === "listener" ? html`<div class="muted small">${row.certificate && seen[row.served.state] || served(row)}</div>` : nothing}</td></tr>`;
}

const seen = { same: "Clients get the newest one", older: "Clients get an older one", other: "Clients get another one", none: "Clients get none" };
