// The set-up check: whether certgate can reach and use everything it needs.
import { h, icon, swap } from "../dom.js";
import { attempt, problemPanel } from "../problem.js";
import { Poll } from "../store.js";

const verdicts = { true: ["ok", "ok", "Fine"], false: ["stop", "failed", "To mend"], null: ["help", "ahead", "Not known"] };

export default function check({ api, say, session }) {
  const poll = new Poll(async (signal) => (await api.get("preflight", { signal })).data);
  const result = h("div", null, h("p", { class: "muted" }, "Checking …"));
  const trouble = h("div");
  const again = h("button", { type: "button", onclick: () => { poll.refresh(); say("Checking again."); } }, "Check again");
  const test = session.can("admin") && h("button", { type: "button", onclick: notify }, "Send a test notification");

  poll.addEventListener("change", () => {
    const { data, problem } = poll;
    if (problem && problem.kind !== "signedOut" && !data) swap(result, problemPanel(problem, () => poll.refresh()));
    if (data && !problem) swap(result, show(data.checks ?? [], session.can("operator")));
  });

  async function notify() {
    const reply = await attempt(trouble, test, () => api.post("notifications/test"));
    if (!reply) return;
    say(`A test is on its way to ${reply.data.sent.map((to) => `${to.kind} ${to.target}`).join(", ")}.`);
  }

  return {
    title: "Set-up check", poll,
    node: h("div", null, h("div", { class: "head" }, h("h1", null, "Set-up check"), h("div", { class: "actions" }, again, test)),
      h("p", null, "What certgate needs to work, and whether it has it. ", h("a", { href: "/dns" }, "For a single hostname, look at its DNS"), "."), trouble, result),
    start() { poll.start(); },
    stop() { poll.stop(); },
  };
}

function show(checks, mayAdd) {
  const bad = checks.filter((c) => c.ok === false).length, fine = checks.filter((c) => c.ok === true).length;
  const [kind, mark, words] = bad ? ["failed", "stop", `${bad} of ${checks.length} to mend`]
    : fine < checks.length ? ["ahead", "help", `${fine} of ${checks.length} fine, the others are not known`] : ["ok", "ok", `All ${checks.length} fine`];
  const order = (c) => (c.ok === false ? 0 : c.ok === true ? 2 : 1);
  return [
    h("p", { class: "summary" }, h("span", { class: `state is-${kind}` }, icon(mark), words)),
    h("ul", { class: "panel plain steps" }, checks.toSorted((a, b) => order(a) - order(b)).map(one)),
    !bad && mayAdd && h("p", { class: "actions" }, h("a", { class: "button primary", href: "/add" }, "Add a certificate")),
  ];
}

function one(c) {
  const [mark, kind, word] = verdicts[c.ok] ?? verdicts.null;
  return h("li", null,
    h("span", { class: `mark is-${kind}` }, icon(mark)),
    h("div", null, h("p", { class: "name" }, c.check), h("p", null, c.finding), c.fix && h("p", null, h("strong", null, "What to do: "), c.fix)),
    h("div", { class: `time is-${kind}` }, word));
}
