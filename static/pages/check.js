// The set-up check: whether certgate can reach and use everything it needs.
import { draw, html, nothing, plural, repeat, state } from "../html.js";
import { findingRow, lookOf } from "../findings.js";
import { Poll } from "../poll.js";
import { attempt, problemPanel } from "../problem.js";

const order = ["Gateway", "Challenge", "Key Vault", "Authority", "Engine"];
const urgency = ["mend", "noAnswer", "later", "fine"];

export default function check({ api, say, session, tell }) {
  const poll = new Poll(async (signal) => (await api.get("preflight", { signal })).data);
  const trouble = document.createElement("div"), result = document.createElement("div"), node = document.createElement("div");
  let asked = false;

  poll.addEventListener("change", () => {
    const { data, problem } = poll;
    if (problem && problem.kind !== "signedOut" && !data) draw(problemPanel(problem, () => poll.refresh()), result);
    if (!data || problem) return;
    draw(show(data.checks ?? [], session.can("operator")), result);
    if (asked) tell(result.querySelector(".summary").textContent.trim());
    asked = false;
  });

  function again() {
    asked = true;
    poll.refresh();
    say("Checking again.");
  }

  async function notify(event) {
    const reply = await attempt(trouble, event.target, () => api.post("notifications/test"));
    if (reply) say(`A test is on its way to ${reply.data.sent.map((to) => `${to.kind} ${to.target}`).join(", ")}.`);
  }

  draw(html`<div class="head"><h1>Set-up check</h1><div class="actions"><button type="button" @click=${again}>Check again</button>
    ${session.can("admin") ? html`<button type="button" @click=${notify}>Send a test notification</button>` : nothing}</div></div>
    <p>What certgate needs to work, and whether it has it. <a href="/hostnames">For a single hostname, look it up</a>; <a href="/issuers">the certificate authorities</a> have a page of their own.</p>${trouble}${result}`, node);
  draw(html`<p class="muted">Checking …</p>`, result);
  return { title: "Set-up check", poll, node, start() { poll.start(); }, stop() { poll.stop(); } };
}

const stateOf = (finding) => finding.state ?? (finding.ok === true ? "fine" : finding.ok === false ? "mend" : "later");

function show(checks, mayAdd) {
  const count = (name) => checks.filter((c) => stateOf(c) === name).length;
  const [bad, silent, later, fine] = urgency.map(count);
  const rest = later ? `; ${later === 1 ? "one shows" : `${later} show`} with the first certificate` : "";
  const summary = bad ? state("failed", "stop", `${bad} of ${checks.length} to mend${silent ? `, ${silent} without an answer` : ""}`)
    : silent ? state("waiting", "warn", `${silent} of ${checks.length} without an answer`)
      : state("ok", "ok", later ? `Fine: ${fine} of ${checks.length}${rest}` : `All ${checks.length} fine`);
  const titles = Object.fromEntries(checks.map((c) => [c.check, c.title ?? c.check]));
  const groups = [...new Set([...order, ...checks.map((c) => c.group ?? "Set-up")])].filter((name) => checks.some((c) => (c.group ?? "Set-up") === name)).map((name) => ({ name, checks: checks.filter((c) => (c.group ?? "Set-up") === name) }));
  const worst = (group) => Math.min(...group.checks.map((c) => urgency.indexOf(stateOf(c))));
  return html`<p class="summary" role="status">${summary}</p>
    ${repeat(groups.toSorted((a, b) => worst(a) - worst(b)), (group) => group.name, (group) => part(group, worst(group), titles))}
    ${!bad && !silent && mayAdd ? html`<p class="actions"><a class="button primary" href="/add">Add a certificate</a></p>` : nothing}`;
}

// A group without a fault is one line; its checks are behind it.
function part(group, worst, titles) {
  const [mark, kind] = lookOf({ state: urgency[worst] });
  const rows = html`<ul class="plain steps">${group.checks.toSorted((a, b) => urgency.indexOf(stateOf(a)) - urgency.indexOf(stateOf(b))).map((c) => findingRow(c, titles))}</ul>`;
  const fine = group.checks.filter((c) => stateOf(c) === "fine").length;
  const words = fine === group.checks.length ? plural(fine, "check", "checks") : `${fine} of ${group.checks.length} fine`;
  return html`<details class="panel group" ?open=${worst < 2}><summary>${state(kind, mark, html`<strong>${group.name}</strong>`)} <span class="muted">${words}</span></summary>${rows}</details>`;
}
