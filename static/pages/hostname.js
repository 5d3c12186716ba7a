// One hostname from all sides, in one verdict: DNS, CAA, port 80, what the gateway
// serves, the certificate, the jobs. Plain enough to be sent to whoever owns it.
import { certificateFacts, jobsTable } from "./parts.js";
import { stateOf } from "../certificate-states.js";
import { caaRecord, check, findingRow, records } from "../findings.js";
import { expiry, thumbprint } from "../facts.js";
import { followJobs } from "../follow-jobs.js";
import { dotted, draw, html, icon, nothing, siteOf, state } from "../html.js";
import { active, hostnamesOf } from "../job-words.js";
import { Poll } from "../poll.js";
import { attempt, problemPanel } from "../problem.js";
import { nameTab } from "../tab.js";
import { date, moment } from "../time.js";

const ofHostname = ["dns", "caa", "port80", "dnsProof"];

const copyMessage = async (reports, say) => (await import("../message.js")).copyMessage(reports, say);

export default function hostname({ api, router, running, say, session, tell }, name) {
  const poll = new Poll(async (signal) => (await api.get(`hostnames/${encodeURIComponent(name)}`, { signal })).data);
  const trouble = document.createElement("div"), content = document.createElement("div"), node = document.createElement("div");
  draw(html`<p class="muted">Looking at DNS and the gateway …</p>`, content);
  let said = "";

  poll.addEventListener("change", () => {
    const { data, problem } = poll;
    if (problem && problem.kind !== "signedOut" && !data) draw(problemPanel(problem, () => poll.refresh(), { href: "/hostnames", text: "Look up another one" }), content);
    if (!data || problem) return;
    const found = verdict(data);
    nameTab(name, found.sign);
    draw(show(data, found), content);
    if (said !== found.words) tell(said = found.words);
  });

  async function add(event) {
    const id = await attempt(trouble, event.target, async () => (await import("../request.js")).request(api, [name]));
    if (!id) return;
    running.refresh();
    router.open(`/jobs/${encodeURIComponent(id)}`);
  }

  /** @param {Api.HostnameView} data */
  function show(data, found) {
    const [certificate] = data.certificates;
    const dns = check(data, "dns"), caa = check(data, "caa");
    const record = caaRecord(caa) ?? caaRecord(check(data, "dnsProof"));
    const advice = dns?.state === "fine" ? [] : data.dns?.advice ?? [];
    const titles = Object.fromEntries(data.checks.map((c) => [c.check, c.title]));
    const bad = dns?.state === "noAnswer" || data.checks.some((c) => ofHostname.includes(c.check) && c.state === "mend"); // whoever keeps the DNS can do something
    const apex = advice.some((one) => one.type === "ALIAS");
    const job = data.instances.find(active);
    return html`
      <section class="verdict is-${found.kind}" aria-label="Verdict"><h2>${icon(found.icon)}<span>${found.words}</span></h2>${found.why ? html`<p>${found.why}</p>` : nothing}
        <p class="actions">
          ${job ? html`<a class="button primary" href="/jobs/${encodeURIComponent(job.instanceId)}">See the job that is running</a>` : nothing}
          ${!job && !certificate && data.ready && session.can("operator") ? html`<button type="button" class="primary" @click=${add}>Request its certificate</button>` : nothing}
          ${data.served?.covers ? html`<a class="button" href=${siteOf(name)} target="_blank" rel="noopener noreferrer">Open the site <span aria-hidden="true">↗</span></a>` : nothing}
          ${bad ? html`<button type="button" class=${certificate ? "" : "primary"} @click=${() => copyMessage([data], say)}>Copy a message to the customer</button>` : nothing}
          <button type="button" @click=${() => { poll.refresh(); say("Looking again."); }}>Look again</button>
        </p></section>
      ${advice.length || record ? html`<section><h2>${record && !advice.length ? "Add this record" : apex ? "Create one of these" : advice.length + (record ? 1 : 0) > 1 ? "Create these records" : "Create this record"}</h2>
        <p>${apex ? "A bare domain cannot be a CNAME. Use either an ALIAS or ANAME record, if the DNS provider has one, or the addresses." : "The DNS provider of the domain is where it goes."}
        ${advice.length && data.dns.addresses.length ? "Remove what leads elsewhere: a certificate authority picks any address of the name." : ""}</p>
        ${records([...advice, ...(record ? [record] : [])], say)}</section>` : nothing}
      <section><h2>Public DNS and port 80</h2><ul class="panel plain steps">${data.checks.filter((c) => ofHostname.includes(c.check)).map((c) => findingRow(c, titles, c.check === "dns" ? addresses(data.dns) : nothing))}</ul></section>
      <div class="two">
        <section><h2>What the gateway serves</h2>${servedPart(data)}</section>
        <section><h2>Certificate</h2>${certificate ? certificateFacts(certificate, data.portal) : html`<p class="muted panel pad">certgate has none for this hostname.${check(data, "managed")?.state === "fine" ? "" : html` ${check(data, "managed")?.finding}`}</p>`}</section>
      </div>
      <section><h2>Jobs</h2>${jobsTable(data.instances)}</section>`;
  }

  function servedPart({ served, certificates, instances }) {
    if (!served) return html`<p class="panel pad">Nothing: the gateway does not answer for this hostname over TLS.</p>`;
    const { leaf, chain } = served;
    const since = instances.find((job) => job.runtimeStatus === "Completed" && job.output?.certificateName && Date.parse(job.lastUpdatedTime) >= Date.parse(leaf.notBefore));
    return html`<dl class="panel pad facts">
      <dt>Holds for it</dt><dd>${served.covers ? state("ok", "ok", "Yes") : state("failed", "stop", "No: visitors see a warning")}</dd>
      <dt>Names</dt><dd>${leaf.hostnames.length ? leaf.hostnames.join(", ") : leaf.subject}</dd>
      <dt>Issuer</dt><dd>${leaf.issuer}</dd>
      <dt>Valid until</dt><dd>${expiry(leaf.notAfter)}</dd>
      <dt>Served since</dt><dd>${served.managed && since ? html`<a href="/jobs/${encodeURIComponent(since.instanceId)}">${moment(since.lastUpdatedTime)}</a>` : `at the earliest ${date(leaf.notBefore)}, when it was issued`}</dd>
      <dt>By certgate</dt><dd>${served.managed ? "Yes, the newest version" : certificates.length ? "No, or not the newest version" : "No"}</dd>
      <dt>Thumbprint</dt><dd>${thumbprint(leaf.thumbprint, say)}</dd>
      <dt>Chain</dt><dd>${chain.length ? html`<ol class="plain tight">${chain.map((link) => html`<li>${link.subject} <span class="muted small">until ${date(link.notAfter)}</span></li>`)}</ol>` : "The leaf alone: some clients will refuse it."}</dd></dl>`;
  }

  draw(html`<p class="back"><a href="/hostnames">Look up another hostname</a></p><div class="head"><h1>${dotted(name)}</h1></div>${trouble}${content}`, node);
  const page = { about: (job) => hostnamesOf(job).includes(name), shown: () => poll.data?.instances, refresh: () => poll.refresh() };
  let leave;
  return {
    title: name, poll, node,
    start() { leave = followJobs(running, page); poll.start(); },
    stop() { leave(); poll.stop(); },
  };
}

function addresses(dns) {
  if (!dns?.addresses.length && !dns?.chain.length) return nothing;
  return html`<ul class="plain small">${dns.chain.map((alias) => html`<li class="record">alias of ${dotted(alias)}</li>`)}
    ${dns.addresses.map((address) => html`<li><span class="record">${address}</span> <span class=${dns.gateway.includes(address) ? "is-ok" : "bad"}>${dns.gateway.includes(address) ? "the gateway" : "not the gateway"}</span></li>`)}</ul>`;
}

// verdict is the one sentence: the worst of all that was found, whoever found it.
/** @param {Api.HostnameView} data */
export function verdict(data) {
  const { certificates: [certificate], checks, served, instances, hostname: name } = data;
  const mend = checks.filter((c) => ofHostname.includes(c.check) && c.state === "mend");
  const silent = checks.filter((c) => ofHostname.includes(c.check) && c.state === "noAnswer");
  const job = instances.find(active);
  const failed = instances[0]?.runtimeStatus === "Failed" ? instances[0] : null;
  const is = certificate && stateOf(certificate);
  const red = (words, why = "") => ({ kind: "failed", icon: "stop", words, why, sign: "✗" });
  const amber = (words, why) => ({ kind: "waiting", icon: "warn", words, why, sign: "" });
  if (job) return { kind: "current", icon: "run", words: `A job for ${name} is running.`, why: mend[0]?.finding, sign: "●" };
  if (certificate && is.problem) return red(`${is.label}.`, certificate.reason);
  if (certificate && served && !served.covers) return red(`Visitors of ${name} see a warning.`, "The gateway serves a certificate for other names.");
  if (mend.length && certificate) return amber(`${name} is served, and its next renewal will fail.`, mend.map((c) => c.finding).join(" "));
  if (mend.length) return red(`${name} is not ready for a certificate.`, mend.map((c) => c.finding).join(" "));
  const mute = silent.find((c) => c.check === "dns");
  if (mute) return amber(`DNS gives no answer for ${name}.`, mute.finding);
  if (silent.length) return amber("Not everything could be looked at.", silent.map((c) => c.finding).join(" "));
  if (certificate && !served) return red(`The gateway does not answer for ${name}.`, "There is a certificate, and nothing serves it.");
  if (certificate) return { kind: "ok", icon: "ok", words: `${name} is in order.`, why: `Its certificate is valid until ${date(certificate.notAfter)}${certificate.renewal ? "; certgate renews it" : ""}.`, sign: "✓" };
  if (failed) return amber(`${name} has no certificate: the last try failed.`, "What stood in the way seems to be mended: request it again.");
  return { kind: "ok", icon: "ok", words: `${name} is ready for a certificate.`, why: served?.covers ? "The gateway serves one that certgate does not manage." : "DNS leads to the gateway, and the authority may issue.", sign: "" };
}
