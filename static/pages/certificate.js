// One certificate: facts, hostnames, chain, where it is installed, its jobs, and
// what the person's role may do with it.
import { dotted, h, icon, swap } from "../dom.js";
import { needsPerson, served, stateOf, title } from "../certificates.js";
import { lifePicture } from "../pictures/life.js";
import { attempt, problemPanel } from "../problem.js";
import { active, flowTitle, says } from "../steps.js";
import { Poll } from "../store.js";
import { date, moment, relative } from "../time.js";

const reasons = [
  ["unspecified", "No particular reason"], ["superseded", "Replaced by another certificate"],
  ["cessationOfOperation", "The service behind it has ended"], ["keyCompromise", "The private key is or may be known to others"],
];

export default function certificate({ api, ask, running, router, session }, name) {
  const path = `certificates/${encodeURIComponent(name)}`;
  const poll = new Poll(async (signal) => (await api.get(path, { signal })).data);
  const heading = h("h1", null, name);
  const state = h("span", { class: "state" });
  const trouble = h("div");
  const content = h("div", null, h("p", { class: "muted" }, "Loading …"));
  const instead = h("div", { class: "actions" });
  const actions = h("div", { class: "actions", hidden: true },
    session.can("operator") && h("button", { type: "button", "data-own": true, onclick: renew }, "Renew now"),
    session.can("admin") && h("button", { type: "button", onclick: retire }, "Retire"),
    session.can("admin") && h("button", { type: "button", class: "danger", "data-own": true, onclick: revoke }, "Revoke"));

  poll.addEventListener("change", () => {
    const { data, problem } = poll;
    if (problem && problem.kind !== "signedOut" && !data) swap(content, problemPanel(problem, () => poll.refresh()));
    if (!data || problem) return;
    swap(heading, dotted(title(data)));
    document.title = `${title(data)} – certgate`;
    const meaning = stateOf(data);
    state.className = `state is-${data.state}`;
    swap(state, icon(meaning.icon), meaning.label);
    actions.hidden = data.state === "retired" || !actions.childElementCount;
    for (const button of actions.querySelectorAll("[data-own]")) button.hidden = Boolean(data.imported); // who ordered it renews and revokes it
    // A healthy one renews itself: then nothing on the page asks to be pressed.
    if (session.can("operator")) actions.firstElementChild.className = meaning.problem ? "primary" : "";
    swap(instead, session.can("operator") && replacement(data));
    swap(content, show(data));
  });

  // replacement is the way to a new certificate where certgate does not renew.
  function replacement(data) {
    const [text, page] = data.imported ? ["Import a newer one", "import"] : data.state === "retired" ? ["Request it again", "add"] : [];
    const kind = data.state !== "retired" && needsPerson(data) ? "button primary" : "button";
    return text && data.hostnames?.length && h("a", { class: kind, href: `/${page}?hostname=${encodeURIComponent(data.hostnames[0])}` }, text);
  }

  const buttons = () => [...actions.querySelectorAll("button")];
  const begun = (reply) => reply && (running.refresh(), router.open(`/jobs/${encodeURIComponent(reply.data.id)}`));

  async function renew() {
    begun(await attempt(trouble, buttons(), () => api.post(`${path}/renew`)));
  }

  async function revoke() {
    const choice = h("select", { name: "reason", id: "reason" }, reasons.map(([value, text]) => h("option", { value }, text)));
    const answer = await ask({
      title: `Revoke ${heading.textContent}?`, yes: "Revoke", danger: true,
      text: "The authority declares the certificate invalid at once, and this cannot be undone. Revoking takes nothing off the gateway: visitors may see warnings until it serves a new one. certgate asks for that within 15 minutes, and Renew now does at once.",
      fields: [h("div", { class: "field" }, h("label", { for: "reason" }, "Reason"), choice)],
    });
    if (answer) begun(await attempt(trouble, buttons(), () => api.post(`${path}/revoke`, { reason: answer.get("reason") })));
  }

  async function retire() {
    const answer = await ask({
      title: `Retire ${heading.textContent}?`, yes: "Retire", danger: true,
      text: "It is taken off the gateway and is not renewed any more. Its hostnames are no longer served over HTTPS.",
      fields: [!poll.data.imported && h("label", { class: "check" }, h("input", { type: "checkbox", name: "revoke", value: "true" }), "Revoke it at the authority too")].filter(Boolean),
    });
    if (answer) begun(await attempt(trouble, buttons(), () => api.delete(`${path}?revoke=${answer.get("revoke") === "true"}`)));
  }

  const refresh = () => poll.refresh();
  return {
    title: name, poll,
    node: h("div", null, h("p", { class: "back" }, h("a", { href: "/certificates" }, "All certificates")), h("div", { class: "head" }, heading, state, instead, actions), trouble, content),
    start() { running.addEventListener("ended", refresh); poll.start(); },
    stop() { running.removeEventListener("ended", refresh); poll.stop(); },
  };
}

function show(c) {
  const section = (heading, ...inside) => h("section", null, h("h2", null, heading), ...inside);
  return [
    c.revoked && h("p", { class: "bad" }, "This certificate is revoked."),
    c.reason && h("p", { class: `is-${c.state}` }, c.reason),
    meaningOf(c),
    lifePicture(c),
    h("div", { class: "two" }, h("div", null,
      section("Facts", h("dl", { class: "panel pad facts" },
        fact("On the gateway", served[c.served] ?? c.served),
        fact("Issuer", c.issuer), fact("Key", c.keyType),
        fact("Expires", `${date(c.notAfter)}, ${relative(c.notAfter)}`),
        fact("Renewal", c.renewal ? [`${date(c.renewal.start)} – ${date(c.renewal.end)}`, explanation(c.renewal.explanationUrl)] : c.imported ? "Imported: whoever got it renews it" : "Not renewed any more"),
        fact("Thumbprint", c.thumbprint && h("code", null, c.thumbprint)), fact("Key Vault name", h("code", null, c.name))))),
    h("div", null,
      section("Hostnames", h("ul", { class: "panel pad plain" }, (c.hostnames ?? []).map((host) =>
        h("li", { class: "spread" }, h("span", null, dotted(host)), h("a", { class: "small", href: `/dns?hostname=${encodeURIComponent(host)}` }, "DNS", h("span", { class: "sr-only" }, ` of ${host}`)))))),
      section("Installed on", c.installed?.length
        ? h("ul", { class: "panel pad plain" }, c.installed.map((place) => h("li", { class: "spread" }, h("span", null, place.gateway), h("code", null, place.listener))))
        : h("p", { class: "muted" }, c.installed ? "It is on no listener." : "The gateway could not be asked.")),
      section("Chain", c.chain?.length
        ? h("ol", { class: "panel pad plain" }, c.chain.map((link) => h("li", null, h("div", null, link.subject), h("div", { class: "muted small" }, `issued by ${link.issuer}, until ${date(link.notAfter)}`))))
        : h("p", { class: "muted" }, "Not known.")))),
    section("Jobs", jobs(c.instances ?? [])),
  ];
}

// meaningOf says what a state asks of a person, where its name alone does not.
function meaningOf(c) {
  if (c.state !== "retired" && (c.imported || c.revoked)) return null; // its reason says it all
  const dns = c.hostnames?.length && h("a", { href: `/dns?hostname=${encodeURIComponent(c.hostnames[0])}` }, "its DNS");
  const words = {
    due: "certgate renews it by itself in its renewal window.",
    overdue: ["It should have been renewed by now. The latest job below says what stopped it; certgate goes on trying. Look at ", dns, " first: it is what changes most often."],
    expired: ["Visitors see a warning. The latest job below says what stopped the renewal. When that is mended, Renew now does not wait for the next try."],
    notServed: ["The certificate is in Key Vault, and the gateway shows visitors something else. Look where it is installed, at ", dns, ", and at who else changes the gateway."],
    retired: "It is off the gateway and is not renewed any more. Its key in Key Vault is disabled.",
  }[c.state];
  return words && h("p", { class: "muted" }, words);
}

const fact = (name, value) => value && [h("dt", null, name), h("dd", null, value)];

// The address comes from the authority: only a web address becomes a link.
function explanation(address) {
  if (!address || !/^https?:\/\//.test(address)) return null;
  return [" (", h("a", { href: address, rel: "noopener noreferrer", target: "_blank" }, "why, says the authority"), ")"];
}

function jobs(list) {
  if (!list.length) return h("p", { class: "muted" }, "No job of this certificate is on record.");
  return h("div", { class: "panel" }, h("table", null, h("caption", { class: "sr-only" }, "Jobs of this certificate, newest first"),
    h("thead", null, h("tr", null, ["Started", "Job", "Result"].map((text) => h("th", { scope: "col" }, text)))),
    h("tbody", null, list.map((job) => h("tr", null,
      h("td", { class: "nowrap" }, moment(job.createdTime)),
      h("th", { scope: "row", class: "nowrap" }, h("a", { href: `/jobs/${encodeURIComponent(job.instanceId)}` }, flowTitle(job.name))),
      h("td", null, h("span", { class: `is-${job.runtimeStatus}` }, active(job) ? "Running" : job.runtimeStatus), h("div", { class: "muted small" }, says(job))))))));
}
