// Add certificates: one hostname or many, with what was understood before
// anything is sent.
import { dotted, h, swap } from "../dom.js";
import { read, refusals } from "../hostnames.js";
import { attempt } from "../problem.js";

const shownMost = 200; // lines of the preview; the rest is counted

export default function add({ api, router, running, session }) {
  const given = new URLSearchParams(location.search).get("hostname") ?? "";
  const refused = new Map(); // hostname: what the API said
  const trouble = h("div");
  const summary = h("p", { id: "understood", class: "muted" });
  const preview = h("div");
  const send = h("button", { type: "submit", class: "primary", disabled: true });
  const text = h("textarea", { id: "hostnames", rows: 8, spellcheck: "false", autocapitalize: "off", autocomplete: "off", "aria-describedby": "hint understood", placeholder: "shop.example.com\nwww.example.com", value: given, oninput: understand });
  let good = [];

  function understand() {
    const entries = read(text.value).map((entry) => (refused.has(entry.hostname) ? { ...entry, problem: refused.get(entry.hostname) } : entry));
    good = entries.filter((entry) => !entry.problem);
    const bad = entries.length - good.length;
    summary.textContent = entries.length === 0 ? "Nothing to send yet."
      : `${good.length} ${good.length === 1 ? "hostname" : "hostnames"} understood${bad ? `, ${bad} with a problem: ${bad === 1 ? "it is" : "they are"} left out` : ""}.`;
    send.disabled = good.length === 0;
    send.textContent = good.length < 2 ? "Request the certificate" : `Request ${good.length} certificates`;
    swap(preview, entries.length > 1 || bad || (good[0] && good[0].hostname !== good[0].text) ? table(entries) : null);
  }

  async function submit(event) {
    event.preventDefault();
    const body = { hostnames: good.map(({ hostname }) => ({ hostname })) };
    const route = good.length === 1 ? "AddCertificateFunctions_HttpStart" : "AddMultipleCertificatesFunctions_HttpStart";
    const reply = await attempt(trouble, send, async () => {
      try {
        return await api.post(route, body);
      } catch (problem) {
        // The API names the entries that it does not take: say it on their lines.
        const said = Object.entries(refusals(problem.detail)).filter(([index]) => good[index]);
        for (const [index, sentence] of said) refused.set(good[index].hostname, sentence);
        if (said.length) problem.detail = `${said.length === 1 ? said[0][1] : `${said.length} hostnames were not taken; the list below says why.`} Nothing was started; the others can go without ${said.length === 1 ? "it" : "them"}.`;
        throw problem;
      }
    });
    if (!reply) {
      if (good.length > 1) understand();
      return;
    }
    running.refresh();
    router.open(`/jobs/${encodeURIComponent(reply.data.id)}`);
  }

  understand();
  const form = h("form", { onsubmit: submit },
    h("div", { class: "field" }, h("label", { for: "hostnames" }, "Hostnames"),
      h("p", { class: "hint", id: "hint" }, "One, or a list: by line, blank or comma. Addresses such as https://shop.example.com/ are read too. Each gets a certificate of its own."),
      text, summary),
    preview,
    h("p", { class: "actions" }, send, h("a", { class: "button", href: "/import" }, "Import one instead")));
  return {
    title: "Add certificates",
    node: h("div", null, h("div", { class: "head" }, h("h1", null, "Add certificates")),
      session.can("operator") ? [h("p", null, "Each hostname must point at the gateway first: ", h("a", { href: "/dns" }, "see which DNS record it needs"), "."), trouble, form]
        : [h("p", null, "Adding certificates needs the role operator. Ask an admin of certgate for it."), h("p", { class: "actions" }, h("a", { class: "button", href: "/certificates" }, "All certificates"))]),
    start() { text.focus({ preventScroll: true }); },
  };
}

function table(entries) {
  const shown = entries.toSorted((a, b) => Boolean(b.problem) - Boolean(a.problem)).slice(0, shownMost);
  return h("div", { class: "panel" }, h("table", { class: "understood" }, h("caption", { class: "sr-only" }, "What was understood, problems first"),
    h("thead", null, h("tr", null, ["Line", "Given", "Understood"].map((text) => h("th", { scope: "col" }, text)))),
    h("tbody", null, shown.map((entry) => h("tr", null,
      h("td", null, String(entry.line)), h("th", { scope: "row" }, dotted(entry.text)),
      h("td", null, entry.problem ? h("span", { class: "bad" }, `Left out: ${entry.problem}`) : [dotted(entry.hostname), entry.note && h("div", { class: "muted small" }, entry.note)]))),
    entries.length > shownMost && h("tr", null, h("td", { colspan: 3, class: "muted" }, `and ${entries.length - shownMost} more`)))));
}
