// One certificate: facts, hostnames, chain, where it is installed, its jobs, and
// what the person's role may do with it.
import { fact, expiry, jobsTable, portalFact, renewal, servedWords, thumbprint } from "./parts.js";
import { stateOf, title } from "../certificate-states.js";
import { followJobs } from "../follow-jobs.js";
import { dotted, draw, html, nothing, siteOf, state } from "../html.js";
import { certificateOf, hostnamesOf } from "../job-words.js";
import { lifePicture } from "../pictures/life.js";
import { Poll } from "../poll.js";
import { attempt, problemPanel } from "../problem.js";
import { nameTab } from "../tab.js";
import { date } from "../time.js";

const reasons = [
  ["unspecified", "No particular reason"], ["superseded", "Replaced by another certificate"],
  ["cessationOfOperation", "The service behind it has ended"], ["keyCompromise", "The private key is or may be known to others"],
];

export default function certificate({ api, ask, running, router, say, session }, name) {
  const path = `certificates/${encodeURIComponent(name)}`;
  const poll = new Poll(async (signal) => (await api.get(path, { signal })).data, { idle: 300_000 });
  let targetTable; // loaded where there are targets
  const trouble = document.createElement("div"), node = document.createElement("div");
  const waiting = html`<p class="muted">Loading …</p>`;

  poll.addEventListener("change", () => {
    const { data, problem } = poll;
    if (problem && problem.kind !== "signedOut" && !data) return frame(dotted(name), nothing, problemPanel(problem, () => poll.refresh(), { href: "/certificates", text: "All certificates" }));
    if (!data || problem) return;
    nameTab(title(data), stateOf(data).problem ? "✗" : "");
    frame(dotted(title(data)), html`${stateIn(data)}${replacement(data)}${actions(data)}`, show(data, say, targetTable));
    if (data.targets?.length && !targetTable) import("./target-table.js").then((module) => { ({ targetTable } = module); poll.dispatchEvent(new Event("change")); }).catch(() => {});
  });

  function frame(heading, beside, content) {
    draw(html`<p class="back"><a href="/certificates">All certificates</a></p><div class="head"><h1>${heading}</h1>${beside}</div>${trouble}<div>${content}</div>`, node);
  }

  const stateIn = (data) => { const is = stateOf(data); return state(is.kind, is.icon, is.label); };

  // replacement is the way to a new certificate where certgate does not renew.
  function replacement(data) {
    const [text, page] = data.imported ? ["Import a newer one", "import"] : data.state === "retired" ? ["Request it again", "add"] : data.state === "notInstalled" ? ["Install it", "add"] : [];
    if (!session.can("operator") || !text || !data.hostnames?.length) return nothing;
    if (data.state === "notInstalled") return html`<div class="actions"><button type="button" class="primary" @click=${install}>${text}</button></div>`;
    const kind = data.state !== "retired" && stateOf(data).problem ? "button primary" : "button";
    return html`<div class="actions"><a class=${kind} href="/${page}?hostname=${encodeURIComponent(data.hostnames[0])}">${text}</a></div>`;
  }

  // A healthy one renews itself: then nothing on the page asks to be pressed. Who
  // ordered an imported one renews and revokes it.
  function actions(data) {
    if (data.state === "retired" || !session.can("operator")) return nothing;
    const own = !data.imported;
    const admin = session.can("admin");
    if (!own && !admin) return nothing;
    return html`<div class="actions">
      ${own ? html`<button type="button" @click=${edit}>Edit</button>` : nothing}
      ${own ? html`<button type="button" class=${stateOf(data).problem && data.state !== "notInstalled" ? "primary" : ""} @click=${() => renew(data)}>Renew now</button>` : nothing}
      ${admin ? html`<button type="button" @click=${retire}>Retire</button>` : nothing}
      ${admin && own && !data.revoked ? html`<button type="button" class="danger" @click=${revoke}>Revoke</button>` : nothing}</div>`;
  }

  const buttons = () => [...node.querySelectorAll(".head button")];
  const begun = (reply) => { if (reply) { running.refresh(); router.open(`/jobs/${encodeURIComponent(reply.data.id)}`); } };

  async function install() {
    const { requestSame } = await import("../request.js");
    const id = await attempt(trouble, buttons(), () => requestSame(api, poll.data));
    if (id) begun({ data: { id } });
  }

  async function edit() {
    const { editNames } = await import("../edit-names.js");
    const id = await attempt(trouble, buttons(), () => editNames({ api, ask, say }, poll.data));
    if (id) begun({ data: { id } });
  }

  async function renew(data) {
    const healthy = data.state === "ok" && !data.revoked;
    if (healthy && !await ask({ title: `Renew ${title(data)} now?`, yes: "Renew", text: `It is in order until ${date(data.notAfter)}, and certgate renews it by itself. A renewal now is an order more, which counts against the authority’s limits.` })) return;
    begun(await attempt(trouble, buttons(), () => api.post(`${path}/renew`)));
  }

  async function revoke() {
    const answer = await ask({
      title: `Revoke ${title(poll.data)}?`, yes: "Revoke", danger: true,
      text: "The authority declares the certificate invalid at once, and this cannot be undone. Revoking takes nothing off the gateway: visitors may see warnings until it serves a new one. certgate asks for that within 15 minutes, and Renew now does at once.",
      fields: html`<div class="field"><label for="reason">Reason</label><select name="reason" id="reason">${reasons.map(([value, text]) => html`<option value=${value}>${text}</option>`)}</select></div>`,
    });
    if (answer) begun(await attempt(trouble, buttons(), () => api.post(`${path}/revoke`, { reason: answer.get("reason") })));
  }

  async function retire() {
    const answer = await ask({
      title: `Retire ${title(poll.data)}?`, yes: "Retire", danger: true,
      text: "It is taken off the gateway and is not renewed any more. Its hostnames are no longer served over HTTPS.",
      fields: poll.data.imported ? nothing : html`<label class="check"><input type="checkbox" name="revoke" value="true">Revoke it at the authority too</label>`,
    });
    if (answer) begun(await attempt(trouble, buttons(), () => api.delete(`${path}?revoke=${answer.get("revoke") === "true"}`)));
  }

  frame(dotted(name), nothing, waiting);
  const about = (job) => certificateOf(job) === name || hostnamesOf(job).some((hostname) => poll.data?.hostnames?.includes(hostname));
  const page = { about, shown: () => poll.data?.instances, refresh: () => poll.refresh() };
  let leave;
  return {
    title: name, poll, node,
    start() { leave = followJobs(running, page); poll.start(); },
    stop() { leave(); poll.stop(); },
  };
}

/** @param {Api.CertificateDetail} c */
function show(c, say, targetTable) {
  const section = (heading, inside) => html`<section><h2>${heading}</h2>${inside}</section>`;
  const host = (name) => html`<li class="spread"><a href="/hostnames/${encodeURIComponent(name)}">${dotted(name)}</a><a class="small" href=${siteOf(name)} target="_blank" rel="noopener noreferrer">Open the site <span aria-hidden="true">↗</span><span class="sr-only"> ${name}</span></a></li>`;
  return html`
    ${c.reason ? html`<p class="is-${stateOf(c).kind}">${c.reason}</p>` : nothing}
    ${meaningOf(c)}${lifePicture(c)}
    <div class="two"><div>
      ${section("Facts", html`<dl class="panel pad facts">
        ${fact("On the gateway", servedWords(c))}${fact("Issuer", c.issuer)}${fact("Ordered from", c.authority && html`<a href="/issuers">${c.authority === "default" ? "the authority of the settings" : c.authority}</a>`)}${fact("Key", c.options?.reuseKey ? `${c.keyType}, kept by renewals` : c.keyType)}${fact("Expires", expiry(c.notAfter))}${fact("Renewal", renewal(c))}
        ${fact("Thumbprint", thumbprint(c.thumbprint, say))}${fact("Key Vault name", html`<code>${c.name}</code>`)}
        ${portalFact(c.portal)}</dl>`)}</div>
    <div>
      ${section("Hostnames", html`<ul class="panel pad plain">${(c.hostnames ?? []).map((name) => (name.startsWith("*.") ? html`<li>${dotted(name)}</li>` : host(name)))}</ul>`)}
      ${section("Installed on", c.installed?.length
        ? html`<ul class="panel pad plain">${c.installed.map((place) => html`<li class="spread"><span>${place.gateway}</span><code>${place.listener}</code></li>`)}</ul>`
        : html`<p class="muted">${c.installed ? "It is on no listener." : "The gateway could not be asked."}</p>`)}
      ${section("Chain", c.chain?.length
        ? html`<ol class="panel pad plain">${c.chain.map((link) => html`<li><div>${link.subject}</div><div class="muted small">issued by ${link.issuer}, until ${date(link.notAfter)}</div></li>`)}</ol>`
        : html`<p class="muted">Not known.</p>`)}</div></div>
    ${c.targets?.length && targetTable ? section("Also served by", targetTable(c.name, c.targets)) : nothing}
    ${section("Jobs", jobsTable(c.instances ?? []))}`;
}

// meaningOf says what a state asks of a person, where its name alone does not.
function meaningOf(c) {
  if (c.state !== "retired" && (c.imported || c.revoked)) return nothing; // its reason says it all
  const dns = c.hostnames?.length ? html`<a href="/hostnames/${encodeURIComponent(c.hostnames[0])}">its DNS</a>` : "its DNS";
  const words = {
    due: "certgate renews it by itself in its renewal window.",
    overdue: html`It should have been renewed by now. The latest job below says what stopped it; certgate goes on trying. Look at ${dns} first: it is what changes most often.`,
    expired: "Visitors see a warning. The latest job below says what stopped the renewal. When that is mended, Renew now does not wait for the next try.",
    notServed: html`The certificate is in Key Vault, and the gateway shows visitors something else. Look where it is installed, at ${dns}, and at who else changes the gateway.`,
    retired: "It is off the gateway and is not renewed any more. Its key in Key Vault is disabled.",
  }[c.state];
  return words ? html`<p class="muted">${words}</p>` : nothing;
}
