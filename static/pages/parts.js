// What more than one page shows: the facts of a certificate, a list of jobs, the steps.
import { served, stateOf } from "../certificate-states.js";
import { since } from "../countdown.js";
import { expiry, fact, thumbprint } from "../facts.js";
import { html, nothing, state } from "../html.js";
import { flowTitle, says, standing } from "../job-words.js";
import { date, moment, utc } from "../time.js";

export { expiry, fact, thumbprint };

// portalFact leads to the vault and the gateway in the Azure portal, where they are there.
export const portalFact = (portal) => fact("In the Azure portal", portal && html`${leaving(portal.certificate, "Certificate")}, ${leaving(portal.gateway, "gateway")}`);
const leaving = (address, words) => html`<a href=${address} target="_blank" rel="noopener noreferrer">${words} <span aria-hidden="true">↗</span></a>`;

/** @param {Api.Certificate} c */
export function certificateFacts(c, portal = undefined) {
  const is = stateOf(c);
  return html`<dl class="panel pad facts">
    ${fact("State", state(is.kind, is.icon, is.label))}
    ${fact("Name", html`<a href="/certificates/${encodeURIComponent(c.name)}">${c.name}</a>`)}
    ${fact("Issuer", c.issuer)}${fact("Key", c.keyType)}${fact("Expires", expiry(c.notAfter))}
    ${fact("Renewal", renewal(c))}
    ${fact("On the gateway", servedWords(c))}
    ${fact("Listener", c.installed?.map((place) => `${place.gateway}: ${place.listener}`).join(", "))}${portalFact(portal)}</dl>`;
}

export const servedWords = (c) => html`${served[c.served] ?? c.served}${c.servedAt ? html` <span class="muted small">seen ${since(Date.parse(c.servedAt))}</span>` : nothing}`;

export const renewal = (c) => (c.renewal ? html`${date(c.renewal.start)} – ${date(c.renewal.end)}${explanation(c.renewal.explanationUrl)}` : c.imported ? "Imported: whoever got it renews it" : "Not renewed any more");

// The address comes from the authority: only a web address becomes a link.
function explanation(address) {
  if (!address || !/^https?:\/\//.test(address)) return nothing;
  return html` (<a href=${address} rel="noopener noreferrer" target="_blank">why, says the authority</a>)`;
}

export function jobsTable(list) {
  if (!list.length) return html`<p class="muted">No job is on record.</p>`;
  return html`<div class="panel"><table class="history"><caption class="sr-only">Jobs, newest first</caption>
    <thead><tr><th scope="col">Started</th><th scope="col">Job</th><th scope="col">Result</th></tr></thead>
    <tbody>${list.map((job) => {
      const is = standing(job);
      return html`<tr><td><time datetime=${job.createdTime} title=${utc(job.createdTime)}>${moment(job.createdTime)}</time></td>
        <th scope="row" class="nowrap"><a href="/jobs/${encodeURIComponent(job.instanceId)}">${flowTitle(job.name)}</a></th>
        <td>${state(is.kind, is.icon, is.label)}<div class="muted small">${says(job)}</div></td></tr>`;
    })}</tbody></table></div>`;
}
