// What taking listeners over would do to each of them, before anything is done; then the
// doing.
import { chosen } from "../chosen-listeners.js";
import { dotted, draw, html, icon, nothing, number, plural, repeat, state } from "../html.js";
import { Poll } from "../poll.js";
import { adviceFor, adviceNow, attempt, problemPanel } from "../problem.js";
import { date, utc } from "../time.js";

const ways = {
  "": ["Keep the certificate where that is possible, else order a new one", "The gentlest: what is kept costs no order."],
  adopt: ["Keep the certificates", "What cannot be kept stays as it is."],
  order: ["Order new certificates for all", "Those of one domain are spread over weeks, within the authority’s limits."],
};

// The groups, what needs a person first.
const groups = {
  refused: { icon: "stop", kind: "failed", words: (n) => `${n === 1 ? "stays as it is" : "stay as they are"}`, open: true },
  order: { icon: "run", kind: "current", words: (n) => `${n === 1 ? "gets a new certificate" : "get new certificates"}`, open: true },
  adopt: { icon: "ok", kind: "ok", words: (n) => `${n === 1 ? "keeps its certificate" : "keep their certificates"}`, open: false },
};

export default function takeOver({ api, router, running, session, tell }) {
  const listeners = chosen(), wish = { how: "", acceptDomainValidated: false };
  const poll = new Poll(async (signal) => (await api.post("takeovers", { listeners, ...wish, dryRun: true }, { signal })).data);
  const trouble = document.createElement("div"), place = document.createElement("div"), node = document.createElement("div");
  const asked = new Set(); // codes whose advice was asked for
  let said = "";

  poll.addEventListener("change", () => { show(); });

  function change(wanted) {
    Object.assign(wish, wanted);
    poll.stop(); // the plan that is on its way is for another way
    poll.data = undefined;
    show();
    poll.start();
  }

  async function begin(event) {
    const names = poll.data.listeners.filter((one) => one.verdict !== "refused").map((one) => one.listener);
    const reply = await attempt(trouble, event.currentTarget, () => api.post("takeovers", { listeners: names, ...wish }));
    if (!reply) return;
    running.refresh();
    router.open(`/jobs/${encodeURIComponent(reply.data.id)}`);
  }

  function show() {
    const { data, problem } = poll;
    draw(html`<fieldset class="ways"><legend>How</legend>${Object.entries(ways).map(([key, [words, more]]) => html`<label class="check"><input type="radio" name="how" value=${key} .checked=${wish.how === key} @change=${() => change({ how: key })}><span>${words}<br><span class="muted small">${more}</span></span></label>`)}
        <label class="check"><input type="checkbox" .checked=${wish.acceptDomainValidated} @change=${(event) => change({ acceptDomainValidated: event.target.checked })}><span>Also where the organization was checked<br><span class="muted small">certgate’s certificates are for the domain alone: the organization’s name is lost.</span></span></label></fieldset>
      ${problem && problem.kind !== "signedOut" && !data ? problemPanel(problem, () => poll.refresh(), { href: "/listeners", text: "All listeners" }) : data ? plan(data) : html`<p class="summary">Looking at ${plural(listeners.length, "listener")} …</p>`}`, place);
  }

  function plan({ listeners: list, sum }) {
    const go = sum.adopt + sum.order;
    for (const { code } of list) {
      if (!code || asked.has(code) || adviceNow(code)) continue;
      asked.add(code);
      adviceFor(code).then((known) => { if (known) show(); });
    }
    const words = [sum.adopt && `${number(sum.adopt)} ${groups.adopt.words(sum.adopt)}`, sum.order && `${number(sum.order)} ${groups.order.words(sum.order)}`, sum.refused && `${number(sum.refused)} ${groups.refused.words(sum.refused)}`].filter(Boolean).join(", ") + ".";
    if (words !== said) tell(said = words);
    const domains = Object.entries(sum.ordersByDomain ?? {}).toSorted(([, a], [, b]) => b - a);
    return html`<p class="summary" role="status">${state(go ? "ok" : "failed", go ? "ok" : "stop", words)}</p>
      <dl class="panel pad facts">
        <dt>Changes of the gateway</dt><dd>${sum.gatewayWrites ? `${plural(sum.gatewayWrites, "change")} at once` : "None at once"}</dd>
        <dt>Orders at the authority</dt><dd>${sum.order ? `${number(sum.ordersNow)} now${sum.order > sum.ordersNow ? `, ${number(sum.order - sum.ordersNow)} later` : ""}` : "None"}${sum.doneAbout ? html`; the last about <time datetime=${sum.doneAbout} title=${utc(sum.doneAbout)}>${date(sum.doneAbout)}</time>` : nothing}
          ${domains.length > 1 ? html`<div class="muted small">${domains.slice(0, 5).map(([domain, n]) => `${domain}: ${n}`).join(", ")}${domains.length > 5 ? ` and ${domains.length - 5} more domains` : ""}</div>` : nothing}</dd></dl>
      ${Object.entries(groups).map(([verdict, group]) => part(list.filter((one) => one.verdict === verdict), group))}
      <div class="bar-below"><p class="actions">
        ${session.can("admin") ? html`<button type="button" class="primary" ?disabled=${!go} @click=${begin}>${go === 1 ? "Take it over" : `Take the ${number(go)} over`}</button>` : html`<span>Taking over needs the role admin.</span>`}
        <a class="button" href="/listeners">Back to the listeners</a></p></div>`;
  }

  draw(html`<p class="back"><a href="/listeners">All listeners</a></p><div class="head"><h1>Take over ${plural(listeners.length, "listener")}</h1></div>
    <p>From then on certgate renews ${listeners.length === 1 ? "its certificate" : "their certificates"}. Clients are served all the time, and what a listener has now can be given back. Nothing is done before you press the button.</p>${trouble}${place}`, node);
  if (!listeners.length) draw(html`<div class="panel empty"><p>No listener is chosen.</p><p class="actions"><a class="button" href="/listeners">Choose some</a></p></div>`, place);
  return { title: "Take over", poll: listeners.length ? poll : undefined, node, start() { if (listeners.length) { show(); poll.start(); } }, stop() { poll.stop(); } };
}

// plainly leaves out what the API says to its callers alone; the advice has it in words of
// this page.
export const plainly = (message) => message.replace(/ (?:Have one ordered: "how": "order"|Send "acceptDomainValidated": true if that will do)\./g, "");

/** @param {Api.TakeOverVerdict[]} list */
function part(list, group) {
  if (!list.length) return nothing;
  return html`<details class="panel group" ?open=${group.open || list.length < 6}><summary>${state(group.kind, group.icon, html`<strong>${number(list.length)} ${group.words(list.length)}</strong>`)}</summary>
    <ul class="plain steps">${repeat(list, (one) => one.listener, (one) => line(one, group))}</ul></details>`;
}

/** @param {Api.TakeOverVerdict} one */
function line(one, group) {
  const fix = one.code && adviceNow(one.code)?.fix;
  return html`<li class="finding"><span class="mark is-${group.kind}">${icon(group.icon)}</span>
    <div><p class="name">${one.hostnames.length ? one.hostnames.map((name, i) => html`${i ? ", " : ""}${dotted(name)}`) : one.listener}</p>
      ${one.message ? html`<p>${plainly(one.message)}</p>` : nothing}${fix ? html`<p><strong>What to do:</strong> ${fix}</p>` : nothing}
      ${one.changes?.length ? html`<ul class="notes">${one.changes.map((words) => html`<li>${words}</li>`)}</ul>` : nothing}
      ${one.loses?.length ? html`<p class="is-waiting">${icon("warn")} ${one.loses.join(" ")}</p>` : nothing}</div>
    <div class="time muted">${one.startsAt ? html`<time datetime=${one.startsAt} title=${utc(one.startsAt)}>${date(one.startsAt)}</time>` : one.verdict === "refused" ? "" : "now"}</div></li>`;
}
