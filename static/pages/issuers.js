// The certificate authorities of the settings, in the order of preference, each asked at
// this moment.
import { copy } from "../clipboard.js";
import { fact } from "../facts.js";
import { draw, html, nothing, repeat, state } from "../html.js";
import { accountOf, limitOf, nameOf, stateOf, turnOf } from "../issuer-words.js";
import { Poll } from "../poll.js";
import { problemPanel } from "../problem.js";
import { moment, relative, utc } from "../time.js";

export default function issuers({ api, say, tell }) {
  const poll = new Poll(async (signal) => (await api.get("issuers", { signal })).data.issuers);
  const content = document.createElement("div"), node = document.createElement("div");
  let asked = false;

  poll.addEventListener("change", () => {
    const { data, problem } = poll;
    if (problem && problem.kind !== "signedOut" && !data) return draw(problemPanel(problem, () => poll.refresh()), content);
    if (!data || problem) return;
    draw(show(data, say), content);
    if (asked) tell(content.querySelector(".summary").textContent.trim());
    asked = false;
  });

  function again() {
    asked = true;
    poll.refresh();
    say("Asking again.");
  }

  draw(html`<p class="back"><a href="/check">Set-up check</a></p>
    <div class="head"><h1>Certificate authorities</h1><div class="actions"><button type="button" @click=${again}>Ask again</button></div></div>
    <p>Where certificates are ordered, in the order of preference.</p>${content}`, node);
  draw(html`<p class="muted">Asking each of them …</p>`, content);
  return { title: "Certificate authorities", poll, node, start() { poll.start(); }, stop() { poll.stop(); } };
}

/** @param {Api.Issuer[]} list */
function show(list, say) {
  if (!list.length) return html`<div class="panel empty"><h2>None is set up</h2><p>The settings name no certificate authority.</p></div>`;
  const preferred = list.filter((issuer) => issuer.preferred);
  const [bad, amber] = ["failed", "waiting"].map((kind) => list.filter((issuer) => stateOf(issuer).kind === kind).length);
  const all = list.length === 1 ? "It is ready." : `All ${list.length} are ready.`;
  return html`<p class="summary" role="status">${bad ? state("failed", "stop", `${bad} of ${list.length} ${bad === 1 ? "needs" : "need"} somebody.`) : amber ? state("waiting", "warn", `${amber} of ${list.length} with limits, or not all known.`) : state("ok", "ok", all)}</p>
    <ol class="plain issuers">${repeat(list, (issuer) => issuer.name, (issuer) => one(issuer, preferred.indexOf(issuer), preferred.length > 1, say))}</ol>`;
}

/** @param {Api.Issuer} issuer */
function one(issuer, before, many, say) {
  const is = stateOf(issuer), name = nameOf(issuer);
  return html`<li class="panel pad"><div class="issuer-head"><h2>${many && issuer.preferred ? html`<span class="muted">${before + 1}.</span> ` : nothing}${name}</h2>${state(is.kind, is.icon, is.label)}</div>
    <p class="muted">${turnOf(issuer, before, many)}</p>
    ${is.why ? html`<p>${is.why}</p>` : nothing}${is.fix ? html`<p class="todo"><strong>What to do:</strong> ${is.fix}</p>` : nothing}
    <dl class="facts">
      ${fact("Held up", issuer.limits.length > 0 && html`<ul class="plain tight">${issuer.limits.map((limit) => html`<li>${limitOf(limit)} until <time datetime=${limit.until} title=${utc(limit.until)}>${moment(limit.until)}</time>, ${relative(limit.until)}</li>`)}</ul>`)}
      ${fact("Address", issuer.directory && html`<span class="record">${issuer.directory}</span>`)}
      ${fact("Account", html`${accountOf(issuer)}${issuer.account ? html`<div class="small"><span class="record">${issuer.account}</span> <button type="button" class="link" @click=${() => copy(issuer.account, say)}>Copy<span class="sr-only"> the account’s address, for CAA records</span></button></div>` : nothing}`)}
      ${issuer.answers ? html`${fact("Bound to an account of yours", issuer.externalAccountNeeded ? issuer.externalAccountGiven ? "Yes, as it wants" : issuer.account ? "The account that is there is" : "No, and it wants that" : issuer.externalAccountGiven && "Yes, though it does not ask for it")}
        ${fact("Renewal", issuer.renewalInfo ? "It says when to renew, and certgate asks" : "It does not say when to renew: certgate goes by the lifetime")}
        ${fact("Profile", html`${issuer.profile ?? "The authority’s choice"}${issuer.profiles.length ? html` <span class="muted small">offered: ${issuer.profiles.join(", ")}</span>` : nothing}`)}
        ${fact("In CAA records", issuer.caaDomains.length ? html`<span class="record">${issuer.caaDomains.join(", ")}</span>` : "It has no name: CAA records cannot allow it")}` : nothing}
      ${fact("Certificates", html`<a href="/certificates?q=${encodeURIComponent(issuer.name)}">Those that it issued</a>`)}</dl></li>`;
}
