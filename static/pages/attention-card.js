// A card of the front page: what needs a person, why, and what to do, with one button.
import { dotted, html, icon, nothing, number, repeat } from "../html.js";

const namesShown = 5;

// attentionCard draws one of the cards of attention.js. all shows every name; mayChange
// is whether the person may do something about it; act(name, card) is what a button does.
export function attentionCard(card, { all, mayChange, act, open, putAside }) {
  const names = all ? card.subjects : card.subjects.slice(0, namesShown);
  const rest = card.subjects.length - names.length;
  const renewable = card.certificates?.filter((c) => !c.imported).length ?? 0;
  return html`<li class="card ${card.kind === "expired" ? "red" : ""}">
    <h2>${icon(card.icon)}<span>${card.title}</span></h2>
    ${card.why ? html`<p>${card.why}</p>` : nothing}
    ${card.fix ? html`<p class="todo"><strong>What to do:</strong> ${card.fix}</p>` : nothing}
    ${names.length ? html`<ul class="names">${repeat(names, (s) => s.name, (s) => html`<li><a href=${s.href}>${dotted(s.name)}</a> <span class="muted small nowrap">${s.note}</span></li>`)}
      ${rest ? html`<li><button type="button" class="link" @click=${() => open(card)}>and ${number(rest)} more</button></li>` : nothing}</ul>` : nothing}
    <p class="actions">
      ${card.action === "listeners" ? html`<a class="button" href="/listeners?show=todo">${card.count === 1 ? "See all listeners" : "See them all"}</a>` : nothing}
      ${card.action === "check" ? html`<a class="button" href="/check">Set-up check</a>` : nothing}
      ${card.action === "again" && mayChange ? html`<button type="button" class="primary" @click=${act("again", card)}>${card.count === 1 ? "Try again" : `Try the ${number(card.count)} again`}</button>` : nothing}
      ${card.action === "install" && mayChange ? html`<button type="button" class="primary" @click=${act("again", card)}>Install now</button>` : nothing}
      ${card.action === "again" ? html`<button type="button" class=${mayChange ? "quiet" : ""} @click=${() => putAside(card)}>Put aside</button>` : nothing}
      ${card.action === "renew" && mayChange && renewable ? html`<button type="button" class="primary" @click=${act("renew", card)}>${renewable === 1 ? "Renew now" : `Renew the ${number(renewable)} now`}</button>` : nothing}
      ${card.action === "import" && mayChange ? html`<a class="button primary" href="/import?hostname=${encodeURIComponent(card.subjects[0].name)}">${card.count === 1 ? "Import the next one" : `Import the next one for ${card.subjects[0].name}`}</a>` : nothing}
    </p></li>`;
}
