// DNS advice for a hostname: which record to create, and what is there today.
import { dotted, h, icon, swap } from "../dom.js";
import { read } from "../hostnames.js";
import { attempt } from "../problem.js";

const kinds = {
  CNAME: "for a name below a domain", A: "the gateway’s IPv4 address", AAAA: "the gateway’s IPv6 address",
  ALIAS: "for a bare domain, if your DNS provider has it (also called ANAME or flattened CNAME)", ANAME: "for a bare domain, if your DNS provider has it",
};

export default function dns({ api, router, say, session }) {
  const asked = new URLSearchParams(location.search).get("hostname") ?? "";
  const trouble = h("div");
  const result = h("div");
  const hint = h("p", { class: "bad", id: "hostname-problem" });
  const field = h("input", { id: "hostname", required: true, value: asked, spellcheck: "false", autocapitalize: "off", autocomplete: "off", placeholder: "shop.example.com", "aria-describedby": "hostname-problem" });
  const button = h("button", { type: "submit", class: "primary" }, "Look");
  const stopped = new AbortController();

  async function look() {
    const [entry] = read(field.value);
    hint.textContent = entry?.problem ? `${entry.text} ${entry.problem}.` : "";
    if (!entry || entry.problem) return;
    router.replace(`/dns?hostname=${encodeURIComponent(entry.hostname)}`);
    say(`Looking at ${entry.hostname}.`);
    const reply = await attempt(trouble, button, () => api.get(`preflight?hostname=${encodeURIComponent(entry.hostname)}`, { signal: stopped.signal }));
    if (!reply) return result.replaceChildren();
    swap(result, show(entry.hostname, reply.data.dns ?? {}, say, session.can("operator")));
  }

  return {
    title: "DNS of a hostname",
    node: h("div", null, h("div", { class: "head" }, h("h1", null, "DNS of a hostname")),
      h("p", null, "Before certgate can get a certificate, public DNS must lead the hostname to the gateway. This says which record that takes, and what is there today."),
      h("form", { onsubmit: (event) => { event.preventDefault(); look(); } }, h("div", { class: "field" }, h("label", { for: "hostname" }, "Hostname"), h("div", { class: "beside" }, field, button), hint)),
      trouble, result),
    start() { if (asked) look(); },
    stop() { stopped.abort(); },
  };
}

function show(hostname, { addresses = [], chain = [], gateway = [], advice = [] }, say, mayAdd) {
  const foreign = addresses.filter((address) => !gateway.includes(address));
  const [kind, mark, words] = addresses.length === 0 ? ["failed", "stop", `${hostname} has no address in public DNS yet.`]
    : gateway.length === 0 ? ["ahead", "help", "The gateway’s addresses are not known, so this cannot be compared."]
      : foreign.length ? ["failed", "stop", `${hostname} leads elsewhere: ${foreign.join(", ")}.`] : ["ok", "ok", `${hostname} leads to the gateway.`];
  const apex = advice.some((record) => record.type === "ALIAS" || record.type === "ANAME");
  return [
    h("p", { class: "summary" }, h("span", { class: `state is-${kind}` }, icon(mark), h("span", null, words))),
    kind === "ok" && mayAdd && h("p", { class: "actions" }, h("a", { class: "button primary", href: `/add?hostname=${encodeURIComponent(hostname)}` }, "Add its certificate")),
    kind !== "ok" && advice.length > 0 && h("section", null, h("h2", null, apex ? "Create one of these" : advice.length > 1 ? "Create these records" : "Create this record"),
      h("p", null, apex ? "A bare domain cannot be a CNAME. Use either an ALIAS or ANAME record, if the DNS provider has one, or the addresses." : "The DNS provider of the domain is where it goes.",
        foreign.length > 0 && " Remove what leads elsewhere: a certificate authority picks any address of the name."),
      records(advice, say)),
    h("div", { class: "two" },
      h("section", null, h("h2", null, "There today"), h("div", { class: "panel pad" },
        chain.length > 0 && [h("p", { class: "muted" }, "Aliases, in order"), h("ol", { class: "plain" }, chain.map((name) => h("li", { class: "record" }, dotted(name))))],
        h("p", { class: "muted" }, "Addresses"),
        addresses.length ? h("ul", { class: "plain" }, addresses.map((address) => h("li", { class: "spread" }, h("span", { class: "record" }, address),
          h("span", { class: gateway.includes(address) ? "is-ok small" : "bad small" }, gateway.includes(address) ? "the gateway" : "not the gateway")))) : h("p", null, "None."))),
      h("section", null, h("h2", null, "The gateway"), h("div", { class: "panel pad" }, gateway.length ? h("ul", { class: "plain" }, gateway.map((address) => h("li", { class: "record" }, address))) : h("p", null, "Not known.")))),
  ];
}

function records(advice, say) {
  const copy = (text) => async () => {
    await navigator.clipboard.writeText(text).then(() => say("Copied."), () => say("The browser did not allow copying."));
  };
  const part = (name, ...inside) => h("div", null, h("dt", null, name), h("dd", null, ...inside));
  return h("ul", { class: "panel plain records" }, advice.map((record) => h("li", null,
    h("dl", null, part("Type", h("strong", null, record.type), h("div", { class: "muted small" }, kinds[record.type])),
      part("Name", h("span", { class: "record" }, dotted(record.name))), part("Value", h("span", { class: "record" }, dotted(record.value)))),
    h("button", { type: "button", onclick: copy(record.value) }, "Copy value", h("span", { class: "sr-only" }, ` ${record.value}`)))));
}
