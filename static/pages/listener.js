// One listener, or whatever else on the gateway has a certificate, as clients see it at
// this moment.
import { choose, takable } from "../chosen-listeners.js";
import { expiry, fact, thumbprint } from "../facts.js";
import { dotted, draw, html, icon, nothing, siteOf, state } from "../html.js";
import { about, fix, reaches, reason, renewedBy, served, source, stateOf, title } from "../listener-words.js";
import { Poll } from "../poll.js";
import { attempt, problemPanel } from "../problem.js";
import { nameTab } from "../tab.js";
import { date, moment, utc } from "../time.js";

const meanings = { elsewhere: "Somebody else renews it, in time.", managed: "certgate renews it.", unattended: "Nobody is known to renew it.", unknown: "Not everything could be learnt.", watched: "Nothing is to be done now." };
const verdicts = { expired: "failed", overdue: "waiting", ahead: "current", ok: "ok" };

export default function listener({ api, ask, router, running, say, session, tell }, name) {
  const kind = new URLSearchParams(location.search).get("kind");
  const path = `listeners/${encodeURIComponent(name)}${kind ? `?kind=${encodeURIComponent(kind)}` : ""}`;
  const poll = new Poll(async (signal) => (await api.get(path, { signal })).data);
  const trouble = document.createElement("div"), content = document.createElement("div"), node = document.createElement("div");
  let asked = false;

  poll.addEventListener("change", () => {
    const { data, problem } = poll;
    if (problem && problem.kind !== "signedOut" && !data) return draw(problemPanel(problem, () => poll.refresh(), { href: "/listeners", text: "All listeners" }), content);
    if (!data || problem) return;
    const is = stateOf(data);
    nameTab(title(data), is.needs ? "✗" : "");
    head(data);
    draw(show(data, is), content);
    if (asked) tell(`${is.label}. ${reason(data)}`);
    asked = false;
  });

  function head(row) {
    draw(html`<p class="back"><a href="/listeners">All listeners</a></p><div class="head"><h1>${dotted(row ? title(row) : name)}</h1></div>${trouble}${content}`, node);
  }

  function lookAgain() {
    asked = true;
    poll.refresh();
    say("Looking again.");
  }

  // begin starts a job of this listener's.
  async function begin(button, verb) {
    const reply = await attempt(trouble, button, () => api.post(`listeners/${encodeURIComponent(name)}/${verb}`));
    if (!reply) return;
    running.refresh();
    router.open(`/jobs/${encodeURIComponent(reply.data.id)}`);
  }

  async function giveBack(event) {
    const button = event.currentTarget;
    const answer = await ask({ title: `Give ${title(poll.data)} back?`, yes: "Give back", danger: true, text: "The listener gets what it had before certgate took it over, and certgate does not renew it any more." });
    if (answer) begin(button, "giveBack");
  }

  function takeOver() {
    choose([name]);
    router.open("/take-over");
  }

  /** @param {Api.Listener} row */
  function show(row, is) {
    const why = reason(row), todo = fix(row), own = row.managedCertificate;
    const admin = session.can("admin");
    const section = (heading, facts) => html`<section><h2>${heading}</h2><dl class="panel pad facts">${facts}</dl></section>`;
    return html`<section class="verdict is-${verdicts[is.kind]}" aria-label="Verdict"><h2>${icon(is.icon)}<span>${is.needs ? `${is.label}.` : meanings[row.state] ?? is.label}</span></h2>
        ${why ? html`<p>${why}</p>` : nothing}${todo ? html`<p class="todo"><strong>What to do:</strong> ${todo}</p>` : nothing}
        <p class="actions">
          ${own ? html`<a class="button" href="/certificates/${encodeURIComponent(own)}">See its certificate</a>` : nothing}
          ${row.pinned && admin ? html`<button type="button" class="primary" @click=${(event) => begin(event.currentTarget, "unpin")}>Follow the newest version</button>` : nothing}
          ${takable(row) && session.can("operator") ? html`<button type="button" class=${is.needs && !row.pinned ? "primary" : ""} @click=${takeOver}>Take over …</button>` : nothing}
          ${row.kind === "listener" && row.frontend === "public" && row.hostnames.length ? html`<a class="button" href=${siteOf(row.hostnames[0])} target="_blank" rel="noopener noreferrer">Open the site <span aria-hidden="true">↗</span></a>` : nothing}
          <button type="button" @click=${lookAgain}>Look again</button>
          ${own && row.kind === "listener" && admin ? html`<button type="button" class="quiet" @click=${giveBack}>Give back …</button>` : nothing}</p></section>
      <div class="two"><div>${section("Renewal", renewal(row))}${section("On the gateway", onGateway(row))}</div>
      <div>${row.kind === "listener" ? section("What clients get", shown(row)) : nothing}${row.certificate ? section("The newest certificate", newest(row.certificate, say)) : html`<section><h2>The newest certificate</h2><p class="panel pad muted">It could not be read.</p></section>`}</div></div>
      <p class="muted small">Looked at <time datetime=${row.checkedAt} title=${utc(row.checkedAt)}>${moment(row.checkedAt)}</time>.</p>`;
  }

  head(null);
  draw(html`<p class="muted">Looking at what the gateway serves …</p>`, content);
  return { title: name, poll, node, start() { poll.start(); }, stop() { poll.stop(); } };
}

/** @param {Api.Listener} row */
function renewal(row) {
  const by = renewedBy(row), arrives = reaches(row);
  const sure = row.renewedBy.who === "unknown" ? "" : row.renewedBy.sure ? "Certain" : row.renewedBy.who === "nobody" ? "No sign of anybody was found" : "Probable, no more";
  return html`${fact("Renewed by", html`${by.words}${by.more ? html`<div class="muted small">${by.more}</div>` : nothing}`)}${fact("How sure", sure)}
    ${fact("Last renewed", row.renewedBy.since && date(row.renewedBy.since))}
    ${fact("Reaches the gateway", arrives.ok === null ? arrives.words : state(arrives.ok ? "ok" : "overdue", arrives.ok ? "ok" : "warn", arrives.words))}`;
}

/** @param {Api.Listener} row */
function onGateway(row) {
  const places = [row.frontend === "private" ? "private address" : row.addresses?.join(", "), row.port && `port ${row.port}`].filter(Boolean).join(", ");
  return html`${fact("What it is", about(row) || "Listener")}
    ${fact("Hostnames", row.hostnames.length > 0 && html`<ul class="plain tight">${row.hostnames.map((name) => html`<li>${name.includes("*") || name.includes("?") ? dotted(name) : html`<a href="/hostnames/${encodeURIComponent(name)}">${dotted(name)}</a>`}</li>`)}</ul>`)}
    ${fact("Name there", html`<code>${row.name}</code>`)}${fact("At", places)}
    ${fact("Certificate from", html`${source(row)}${row.otherVault ? html`<div class="muted small">another vault than certgate’s own</div>` : nothing}`)}
    ${fact("Secret", row.secretId && html`<code>${row.secretId.split("/").at(-1)}</code>${row.pinned ? html`<div class="muted small">its version <code>${row.pinned}</code> alone</div>` : nothing}`)}
    ${fact("Certificate entry", row.entry && row.kind === "listener" && html`<code>${row.entry}</code>`)}${fact("Shared with", row.sharedWith?.join(", "))}`;
}

/** @param {Api.Listener} row */
function shown(row) {
  const s = row.served;
  return html`${fact("They get", served(row))}${fact("Expires", s.notAfter && expiry(s.notAfter))}
    ${fact("Not for", s.notFor?.length && html`<span class="bad">${s.notFor.join(", ")}</span>`)}${fact("It is for", s.names?.join(", "))}
    ${fact("Chain", s.chain && (s.chain === 1 ? "The certificate alone: some clients will refuse it" : `${s.chain} certificates`))}
    ${fact("Seen", s.at && html`<time datetime=${s.at} title=${utc(s.at)}>${moment(s.at)}</time>`)}`;
}

function newest(c, say) {
  return html`${fact("For", (c.names?.length ? c.names : [c.subject]).join(", "))}${fact("Issuer", html`${c.issuer}${c.validation && c.validation !== "DV" ? html` <span class="muted small">(${{ OV: "the organisation was checked", EV: "extended check" }[c.validation]})</span>` : nothing}`)}
    ${fact("Key", c.keyType)}${fact("Issued", date(c.notBefore))}${fact("Expires", expiry(c.notAfter))}${fact("Thumbprint", thumbprint(c.thumbprint, say))}`;
}
