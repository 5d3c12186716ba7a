// The certificates: a picture of when they expire, and a table that a person can
// search, filter and sort. All of them are loaded, a part at a time; a page of
// the table is drawn, so that thousands cost no more than a hundred.
import { dotted, h, icon, keyed, swap } from "../dom.js";
import { counts, filters, pick, served, stateOf, title } from "../certificates.js";
import { expiryPicture } from "../pictures/expiry.js";
import { problemPanel } from "../problem.js";
import { Poll } from "../store.js";
import { date, relative, shortDate } from "../time.js";

const pageSize = 100;
const columns = [
  { key: "state", label: "State" }, { key: "name", label: "Certificate" }, { key: "expiry", label: "Expires" },
  { label: "Renewal window", class: "wide" }, { label: "On the gateway", class: "medium" },
];

export default function certificates({ api, running, router, session }) {
  const query = new URLSearchParams(location.search);
  const wish = { text: query.get("q") ?? "", state: filters[query.get("state")] ? query.get("state") : "all", sort: query.get("sort") ?? "state", page: Number(query.get("page")) || 1 };
  let list = null, complete = false;

  const poll = new Poll((signal) => load(api, signal, (some) => { if (!complete) show(some); }));
  poll.addEventListener("change", () => {
    if (poll.data) complete = true;
    if (poll.data) show(poll.data);
    const broken = poll.problem && poll.problem.kind !== "signedOut" && !list;
    trouble.replaceChildren(...(broken ? [problemPanel(poll.problem, () => poll.refresh())] : []));
    content.hidden = Boolean(broken);
  });

  const summary = h("p", { class: "summary" });
  const picture = h("div", { class: "picture-place" });
  const trouble = h("div");
  const search = h("input", { type: "search", id: "search", placeholder: "Search hostname, name, issuer", value: wish.text, autocomplete: "off", oninput: () => change({ text: search.value, page: 1 }) });
  const choice = h("fieldset", { class: "filters" }, h("legend", { class: "sr-only" }, "State"), Object.entries(filters).map(([key, filter]) =>
    h("label", null, h("input", { type: "radio", name: "state", value: key, checked: key === wish.state, onchange: () => change({ state: key, page: 1 }) }), filter.label, h("span", { class: "n", "data-count": key }))));
  const body = h("tbody", null, Array.from({ length: 8 }, () => h("tr", { class: "rows-loading" }, h("td", { colspan: columns.length }))));
  const heads = columns.map((column) => h("th", { scope: "col", class: column.class }, column.key
    ? h("button", { type: "button", onclick: () => change({ sort: wish.sort === column.key ? `-${column.key}` : column.key, page: 1 }) }, h("span", { class: "word" }, `${column.label} `)) : column.label));
  const table = h("div", { class: "panel" }, h("table", { class: "certificates" }, h("caption", { class: "sr-only" }, "Certificates"), h("thead", null, h("tr", null, heads)), body));
  const empty = h("div", { class: "panel empty", hidden: true });
  const pager = h("nav", { class: "pager", "aria-label": "Pages of the table" });
  const toolbar = h("div", { class: "toolbar" }, h("div", { class: "search" }, h("label", { class: "sr-only", for: "search" }, "Search"), search), choice);
  const content = h("div", null, summary, picture, toolbar, table, empty, pager);

  function change(part) {
    Object.assign(wish, part);
    const next = new URLSearchParams();
    if (wish.text) next.set("q", wish.text);
    if (wish.state !== "all") next.set("state", wish.state);
    if (wish.sort !== "state") next.set("sort", wish.sort);
    if (wish.page > 1) next.set("page", wish.page);
    router.replace(`/certificates${next.size ? `?${next}` : ""}`);
    draw();
  }

  function show(some) {
    list = some;
    const open = picture.querySelector("details")?.open;
    swap(picture, list.length ? expiryPicture(list) : null);
    if (open) picture.querySelector("details").open = true;
    const n = counts(list);
    swap(summary, standing(n));
    toolbar.hidden = list.length === 0;
    for (const node of choice.querySelectorAll("[data-count]")) node.textContent = n[node.dataset.count].toLocaleString("en");
    draw();
  }

  // What a person wants to know first: whether there is anything to do.
  function standing(n) {
    const total = n.all - n.retired;
    if (total === 0) return null;
    const renewing = list.reduce((sum, c) => sum + (c.state === "due" && !c.imported ? 1 : 0), 0);
    const due = renewing > 0 && h("span", { class: "muted" }, `${renewing.toLocaleString("en")} due for renewal, which happens by itself.`);
    if (n.problems === 0) return [h("span", { class: "state is-ok" }, icon("ok"), total === 1 ? "Your certificate is in order." : `All ${total.toLocaleString("en")} certificates are in order.`), due];
    return [h("span", { class: "state is-failed" }, icon("warn"), `${n.problems.toLocaleString("en")} of ${total.toLocaleString("en")} ${n.problems === 1 ? "needs" : "need"} attention.`),
      h("button", { type: "button", class: "link", onclick: () => choose("problems") }, n.problems === 1 ? "Show it" : "Show them"), due];
  }

  function choose(state) {
    search.value = "";
    choice.querySelector(`[value=${state}]`).checked = true;
    change({ text: "", state, page: 1 });
  }

  function draw() {
    if (!list) return;
    const found = pick(list, wish);
    const pages = Math.max(1, Math.ceil(found.length / pageSize));
    wish.page = Math.min(Math.max(1, wish.page), pages);
    const first = (wish.page - 1) * pageSize;
    columns.forEach((column, i) => {
      if (!column.key) return;
      const sorted = wish.sort.replace("-", "") === column.key;
      if (sorted) heads[i].setAttribute("aria-sort", wish.sort.startsWith("-") ? "descending" : "ascending");
      else heads[i].removeAttribute("aria-sort");
    });
    keyed(body, found.slice(first, first + pageSize), (c) => c.name, () => h("tr"), row);
    table.hidden = found.length === 0;
    empty.hidden = found.length > 0;
    swap(empty, found.length ? null : nothing());
    swap(pager, found.length ? turn(found.length, first, pages) : null);
  }

  function nothing() {
    if (list.length) return [h("p", null, "No certificate fits this search."), h("p", { class: "actions" }, h("button", { type: "button", onclick: () => { choose("all"); search.focus(); } }, "Show all"))];
    return [h("h2", null, "No certificates yet"), h("p", null, "Name a hostname that points at your gateway; certgate orders, installs and renews its certificate."),
      session.can("operator") && h("p", { class: "actions" }, h("a", { class: "button primary", href: "/add" }, "Add a certificate"), h("a", { class: "button", href: "/check" }, "Check the set-up first"))];
  }

  function turn(total, first, pages) {
    const to = (page) => () => { change({ page }); table.scrollIntoView({ block: "start" }); };
    const range = h("span", { class: "muted" }, `${(first + 1).toLocaleString("en")}–${Math.min(first + pageSize, total).toLocaleString("en")} of ${total.toLocaleString("en")}${complete ? "" : " so far"}`);
    if (pages === 1) return range;
    return [h("button", { type: "button", disabled: wish.page === 1, onclick: to(wish.page - 1) }, "Previous"), h("button", { type: "button", disabled: wish.page === pages, onclick: to(wish.page + 1) }, "Next"), range];
  }

  // What a job has changed is read again, that certificate alone if it is known.
  async function ended({ detail: { job } }) {
    const name = job?.output?.certificateName;
    if (!name || !list || !complete) return poll.refresh();
    const one = await api.get(`certificates/${encodeURIComponent(name)}`).then((reply) => reply.data, () => null);
    if (!one) return poll.refresh();
    show([...list.filter((c) => c.name !== name), one]);
  }

  return {
    title: "Certificates", poll,
    node: h("div", null, h("div", { class: "head" }, h("h1", null, "Certificates"),
      session.can("operator") && h("div", { class: "actions" }, h("a", { class: "button", href: "/import" }, "Import"), h("a", { class: "button primary", href: "/add" }, "Add"))), trouble, content),
    start() { running.addEventListener("ended", ended); poll.start(); },
    stop() { running.removeEventListener("ended", ended); poll.stop(); },
  };
}

// load reads all pages; so far is told what is there after each, soonest expiry
// first.
async function load(api, signal, soFar) {
  const all = [];
  let token = null;
  do {
    const { data, next } = await api.get("certificates?top=1000&sort=expiry", { token, signal });
    all.push(...data.certificates);
    token = next;
    if (token) soFar([...all]);
  } while (token);
  return all;
}

function row(tr, c) {
  const state = stateOf(c);
  const more = (c.hostnames?.length ?? 1) - 1;
  swap(tr,
    h("td", null, h("span", { class: `state is-${c.state}` }, icon(state.icon), h("span", { class: "word" }, state.label)), c.revoked && h("div", { class: "bad small" }, "Revoked")),
    h("th", { scope: "row" }, h("a", { href: `/certificates/${encodeURIComponent(c.name)}` }, dotted(title(c))), more > 0 && h("span", { class: "muted small" }, ` and ${more} more`),
      c.state !== "ok" && h("div", { class: `narrow small is-${c.state}`, "aria-hidden": "true" }, state.label), // the first column is too narrow there
      c.reason && h("div", { class: "muted small" }, c.reason)),
    h("td", null, h("span", { class: "nowrap" }, date(c.notAfter)), h("span", { class: "muted small nowrap in" }, relative(c.notAfter))),
    h("td", { class: "wide nowrap" }, c.renewal ? `${shortDate(c.renewal.start)} – ${date(c.renewal.end)}` : c.imported ? h("span", { class: "muted" }, "imported") : "–"),
    h("td", { class: "medium" }, served[c.served] ?? c.served));
}
