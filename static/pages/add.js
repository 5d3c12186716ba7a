// Add certificates: one hostname or many. What was understood, and whether it will
// work, is on each line before anything is sent.
import { FlightCheck, wish } from "../flight-check.js";
import { check, lookOf } from "../findings.js";
import { dotted, draw, html, icon, nothing, number, plural, repeat } from "../html.js";
import { read } from "../hostnames.js";
import { attempt } from "../problem.js";
import { request, requestOne } from "../request.js";
import { date } from "../time.js";

const shownMost = 200; // lines of the preview; the rest is counted
const sendMost = 1000; // hostnames of one request
const oneMost = 100; // hostnames of one certificate
const lookMost = 200; // hostnames that are looked at without being asked to
const lookAfter = 700; // milliseconds after the last key

const copyMessage = async (reports, say) => (await import("../message.js")).copyMessage(reports, say);

export default function add({ api, router, running, say, session, tell }) {
  const given = new URLSearchParams(location.search).get("hostname") ?? "";
  const refused = new Map(); // hostname: what the API said
  const chosen = new Map(); // hostname: what a person ticked, against what would be done
  const trouble = document.createElement("div"), place = document.createElement("div"), node = document.createElement("div");
  const flight = new FlightCheck(api);
  let text = given, entries = [], sayLater = 0, lookLater = 0, lookAll = false, said = "", one = false, validation = "", options = () => ({});

  function understand(value) {
    text = value;
    entries = read(text, { wildcards: one }).map((entry) => (refused.has(entry.hostname) ? { ...entry, problem: refused.get(entry.hostname) } : entry));
    clearTimeout(lookLater);
    lookLater = setTimeout(look, lookAfter);
    show();
  }

  const understood = () => entries.filter((entry) => !entry.problem);
  const look = () => flight.look(understood().slice(0, lookAll ? sendMost : lookMost).map((entry) => entry.hostname), one ? validation : "");

  // stand is how a line stands: whether it would be sent, and why not.
  function stand(entry) {
    if (entry.problem) return { kind: "problem", send: false };
    const report = flight.reports.get(entry.hostname);
    const kind = !report ? (flight.waiting(entry.hostname) ? "looking" : "unknown") : report.inFlight ? "inFlight" : report.certificate ? "certificate" : report.ready ? "ready" : "bad";
    return { kind, report, send: chosen.get(entry.hostname) ?? (kind === "ready" || kind === "looking" || kind === "unknown") };
  }

  async function submit(event) {
    event.preventDefault();
    const list = understood().filter((entry) => stand(entry).send).map((entry) => entry.hostname);
    if (!list.length || list.length > (one ? oneMost : sendMost)) return node.querySelector("#hostnames")?.focus();
    const id = await attempt(trouble, node.querySelector("button[type=submit]"), async () => {
      try {
        return await (one ? requestOne(api, list.map((hostname) => wish(hostname, validation)), options()) : request(api, list, options()));
      } catch (problem) {
        // The API names the entries that it does not take: say it on their lines.
        const wrong = problem.refusals?.filter(({ index }) => list[index]) ?? [];
        for (const { index, detail } of wrong) refused.set(list[index], detail);
        if (wrong.length) problem.detail = `${wrong.length === 1 ? wrong[0].detail : `${wrong.length} hostnames were not taken; the list below says why.`} Nothing was started; the others can go without ${wrong.length === 1 ? "it" : "them"}.`;
        throw problem;
      }
    });
    if (!id) return understand(text);
    running.refresh();
    router.open(`/jobs/${encodeURIComponent(id)}`);
  }

  async function more(event) {
    if (!event.target.open || event.target.dataset.shown) return;
    event.target.dataset.shown = "yes";
    options = await (await import("../options-form.js")).optionsForm({ api }, event.target.querySelector("div"));
  }

  function choose(wanted) {
    ({ one, validation } = { one, validation, ...wanted });
    understand(text);
  }

  function show() {
    const lines = entries.map((entry) => ({ ...entry, ...stand(entry) }));
    const of = (kind) => lines.filter((line) => line.kind === kind);
    const send = lines.filter((line) => line.send).length;
    const dns = of("ready").filter(({ report }) => byDns(report)).length;
    const bad = of("bad"), looking = of("looking").length;
    const rest = understood().length - lookMost;
    const tooMany = one && send > oneMost ? `One certificate takes ${oneMost} hostnames; these are ${number(send)}.` : send > sendMost ? `One request takes ${number(sendMost)} hostnames; these are ${number(send)}. Send them in parts.` : "";
    const noRoom = !one && typeof flight.room === "number" && send > flight.room ? `The gateway has room for ${number(flight.room)} more: the others would fail at its limits.` : "";
    const summary = !entries.length ? "Nothing to send yet."
      : [looking && `Looking at ${plural(looking, "hostname")} …`, of("ready").length && `${number(of("ready").length)} will work`, dns && `${number(dns)} of them by DNS record`, bad.length && `${number(bad.length)} not ready`,
        of("certificate").length && `${number(of("certificate").length)} with a certificate`, of("inFlight").length && `${number(of("inFlight").length)} requested already`,
        of("unknown").length && `${number(of("unknown").length)} not looked at`, of("problem").length && `${number(of("problem").length)} not understood`].filter(Boolean).join(", ").replace(/[^…]$/, "$&.");
    draw(html`<form novalidate @submit=${submit}>
      <div class="field"><label for="hostnames">Hostnames</label>
        <p class="hint" id="hint">One, or a list: by line, blank or comma. Addresses such as https://shop.example.com/ are read too.</p>
        <textarea id="hostnames" rows="8" spellcheck="false" autocapitalize="off" autocomplete="off" aria-describedby="hint understood" aria-invalid=${entries.length && !understood().length || tooMany ? "true" : "false"} placeholder=${"shop.example.com\nwww.example.com"}
          .defaultValue=${given} @input=${(event) => understand(event.target.value)}></textarea></div>
      <fieldset class="ways"><legend>Certificates</legend>
        <label class="check"><input type="radio" name="one" value="" .checked=${!one} @change=${() => choose({ one: false })}><span>One for each hostname</span></label>
        <label class="check"><input type="radio" name="one" value="one" .checked=${one} @change=${() => choose({ one: true })}><span>One for all of them, wildcards too<br><span class="muted small">Up to 100 hostnames, called after the first. It is all or nothing: if one hostname fails, none gets a certificate.</span></span></label></fieldset>
      ${one ? html`<div class="field"><label for="validation">How the hostnames are proved</label><select id="validation" @change=${(event) => choose({ validation: event.target.value })}>
        ${Object.entries(methods).map(([value, words]) => html`<option value=${value} ?selected=${value === validation}>${words}</option>`)}</select></div>` : nothing}
      <details @toggle=${more}><summary>Key and certificate authority</summary><div></div></details>
      ${entries.length ? preview(lines) : nothing}
      <div class="bar-below">
        <p id="understood">${summary}${typeof flight.room === "number" && entries.length ? html` <span class="muted">Room on the gateway: ${number(flight.room)}.</span>` : nothing}${tooMany || noRoom ? html` <strong class="bad">${tooMany || noRoom}</strong>` : nothing}</p>
        <p class="actions">
          <button type="submit" class="primary" ?disabled=${send === 0 || Boolean(tooMany)}>${send < 2 || one ? `Request the certificate${one && send > 1 ? ` of ${number(send)} hostnames` : ""}` : send < understood().length && of("ready").length === send ? `Request the ${number(send)} that will work` : `Request ${number(send)} certificates`}</button>
          ${bad.length ? html`<button type="button" @click=${() => copyMessage(bad.map((line) => line.report), say)}>Copy a message to the customer</button>` : nothing}
          ${bad.length || of("unknown").some((line) => flight.failed.has(line.hostname)) ? html`<button type="button" @click=${() => flight.again([...bad, ...of("unknown").filter((line) => flight.failed.has(line.hostname))].map((line) => line.hostname))}>Look again</button>` : nothing}
          ${rest > 0 && !lookAll ? html`<button type="button" @click=${() => { lookAll = true; look(); }}>Look at the other ${number(rest)} too</button>` : nothing}
          ${entries.length ? nothing : html`<a class="button" href="/import">Import one instead</a>`}
        </p></div></form>`, place);
    clearTimeout(sayLater);
    sayLater = setTimeout(() => { if (entries.length && summary !== said) tell(said = summary); }, 900);
  }

  // What needs a person comes first; what is fine is one line that opens.
  function preview(lines) {
    const fine = lines.filter((line) => line.kind === "ready" && !line.note);
    const others = lines.filter((line) => !fine.includes(line)).toSorted((a, b) => rank(a) - rank(b)).slice(0, shownMost);
    const left = lines.length - fine.length - others.length;
    return html`
      ${others.length ? html`<div class="panel"><table class="understood"><caption class="sr-only">What was understood, problems first</caption>
        <thead><tr><th scope="col"><span class="sr-only">Send it</span></th><th scope="col">Hostname</th><th scope="col">What was found</th></tr></thead>
        <tbody>${repeat(others, (line) => `${line.line} ${line.text}`, lineOf)}${left > 0 ? html`<tr><td colspan="3" class="muted">and ${number(left)} more</td></tr>` : nothing}</tbody></table></div>` : nothing}
      ${fine.length ? html`<details class="panel group" ?open=${fine.length < 6}><summary><span class="state is-ok">${icon("ok")}<span>${plural(fine.length, "hostname")} will work</span></span></summary>
        <ul class="plain fine">${fine.slice(0, shownMost).map((line) => html`<li><label class="check"><input type="checkbox" .checked=${line.send} @change=${tick(line)}>${dotted(line.hostname)}</label><span class="muted small">${byDns(line.report) ? `By a DNS record in ${line.report.proof.zone}${check(line.report, "dns")?.state === "later" ? "; it does not point at the gateway yet" : ""}` : "DNS, CAA and port 80 are fine"}</span></li>`)}
        ${fine.length > shownMost ? html`<li class="muted">and ${number(fine.length - shownMost)} more</li>` : nothing}</ul></details>` : nothing}`;
  }

  const tick = (line) => (event) => { chosen.set(line.hostname, event.target.checked); show(); };

  const lineOf = (line) => html`<tr>
    <td>${line.problem ? nothing : html`<label class="check"><input type="checkbox" aria-label="Send ${line.hostname}" .checked=${line.send} @change=${tick(line)}></label>`}</td>
    <th scope="row">${dotted(line.hostname ?? line.text)}${line.note ? html`<div class="muted small">${line.note}</div>` : nothing}</th>
    <td>${found(line)}</td></tr>`;

  function found({ kind, problem, report, line }) {
    if (kind === "problem") return html`<span class="bad">Line ${line}: ${problem}</span>`;
    if (kind === "looking") return html`<span class="muted">Looking …</span>`;
    if (kind === "unknown") return html`<span class="muted">Not looked at.</span>`;
    if (kind === "certificate") return html`Has a certificate until <a href="/certificates/${encodeURIComponent(report.certificate.name)}">${date(report.certificate.notAfter)}</a>. <span class="muted small">Tick it to order the next one now.</span>`;
    if (kind === "inFlight") return html`<a href="/jobs/${encodeURIComponent(report.inFlight)}">Is being requested now</a>.`;
    const four = ["dns", "caa", "port80", "dnsProof"].map((name) => check(report, name)).filter(Boolean), create = recordsOf(report);
    return html`<ul class="plain tight">${four.filter((c) => c.state !== "fine").map((c) => { const [mark, kindOf] = lookOf(c); return html`<li><span class="is-${kindOf}">${icon(mark)} ${c.title}</span>: ${c.finding}</li>`; })}
      ${four.every((c) => c.state === "fine") ? html`<li><span class="is-ok">${icon("ok")} Will work</span></li>` : nothing}</ul>
      ${create.length ? html`<details class="small"><summary>The record to create</summary><pre>${create.map((record) => `${record.name}.  ${record.type}  ${record.value}`).join("\n")}</pre></details>` : nothing}
      ${report.hostname.startsWith("*.") ? nothing : html`<a class="small" href="/hostnames/${encodeURIComponent(report.hostname)}" target="_blank">All about ${report.hostname}</a>`}`;
  }

  const changed = () => show();
  draw(html`<div class="head"><h1>Add certificates</h1></div>
    ${session.can("operator") ? html`<p>Each hostname must point at the gateway first, unless a DNS record proves it. This page looks before anything is sent.</p>${trouble}${place}`
    : html`<p>Adding certificates needs the role operator. Ask an admin of certgate for it.</p><p class="actions"><a class="button" href="/certificates">All certificates</a></p>`}`, node);
  if (session.can("operator")) understand(given);
  return {
    title: "Add certificates", node,
    start() {
      flight.addEventListener("change", changed);
      node.querySelector("#hostnames")?.focus({ preventScroll: true });
    },
    stop() {
      clearTimeout(lookLater);
      clearTimeout(sayLater);
      flight.removeEventListener("change", changed);
      flight.stop();
    },
  };
}

// recordsOf are the records that a hostname lacks: to lead here, to let the authority issue,
// to be proved by DNS.
/** @param {Api.HostnameReport} report */
const recordsOf = (report) => [...(check(report, "dns")?.state === "mend" ? report.dns?.advice ?? [] : []), check(report, "caa")?.record, check(report, "dnsProof")?.record].filter(Boolean);

// byDns says that certgate would write a DNS record, and could.
const byDns = (report) => report.proof?.method === "dns-01" && report.proof.zone;

const methods = { "": "As the settings say; wildcards by a DNS record", "http-01": "Over port 80; wildcards by a DNS record", "dns-01": "All by a DNS record" };

const order = ["problem", "bad", "certificate", "inFlight", "unknown", "looking", "ready"];
const rank = (line) => order.indexOf(line.kind);
