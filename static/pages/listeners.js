// Everything on the gateway that has a certificate, whoever made it: first what needs
// somebody, then the rest, in a table that can be searched, filtered and sorted.
import { listenersTable } from "./listener-table.js";
import { save } from "../clipboard.js";
import { draw, html, nothing, number, state } from "../html.js";
import { choose, most, takable } from "../chosen-listeners.js";
import { counts, filters, pick } from "../listener-filters.js";
import { managerNames } from "../listener-words.js";
import { Poll } from "../poll.js";
import { attempt, problemPanel } from "../problem.js";
import { ago, date, utc } from "../time.js";

const pageSize = 100;
const again = 600_000; // milliseconds: the survey walks once an hour
const kindsShown = { "": "Listeners and all else", listener: "Listeners", entry: "Unused certificates", authority: "Authorities" };

// What was read and chosen stays when the page is left, so that going back finds its place.
let poll;
const selected = new Set(); // names of listeners to take over

export default function listeners({ api, router, session, tell }) {
  poll ??= new Poll(async (signal) => (await api.get("listeners", { signal })).data, { idle: again, share: "listeners" });
  const query = new URLSearchParams(location.search), of = (name, known, otherwise) => (query.get(name) in known ? query.get(name) : otherwise);
  const wish = { text: query.get("q") ?? "", show: of("show", filters, "all"), who: of("by", managerNames, ""), kind: of("kind", kindsShown, ""), sort: query.get("sort") ?? "state", page: Number(query.get("page")) || 1 };
  const plain = { text: "", show: "all", who: "", kind: "", sort: "state", page: 1 };
  const names = { text: "q", show: "show", who: "by", kind: "kind", sort: "sort", page: "page" };
  const trouble = document.createElement("div"), place = document.createElement("div"), node = document.createElement("div");
  let said = "", sayLater = 0, printing = false;

  function change(part) {
    Object.assign(wish, part);
    const next = new URLSearchParams(Object.entries(wish).filter(([key, value]) => value !== plain[key]).map(([key, value]) => [names[key], String(value)]));
    router.replace(`/listeners${next.size ? `?${next}` : ""}`);
    show();
    clearTimeout(sayLater);
    sayLater = setTimeout(() => {
      const all = poll.data?.listeners ?? [];
      const words = `${number(pick(all, wish).length)} of ${number(all.length)} shown${part.sort ? `, by ${wish.sort.replace("-", "")}` : ""}${part.page > 1 ? `, page ${wish.page}` : ""}.`;
      if (words !== said) tell(said = words);
    }, 600);
  }

  async function exportAll(event) {
    const text = await attempt(trouble, event.currentTarget, () => api.file("listeners?format=csv"));
    if (text) save(`listeners-${new Date().toISOString().slice(0, 10)}.csv`, "text/csv", text);
  }

  function select(some, on) {
    for (const name of some) if (on) selected.add(name); else selected.delete(name);
    show();
  }

  // What is chosen, and what can be done with it.
  function bar(rows) {
    const more = rows.filter((row) => takable(row) && !selected.has(row.name));
    return html`<div class="bar-below"><p>${number(selected.size)} chosen.${selected.size > most ? html` <strong class="bad">${number(most)} are taken over at once: choose fewer.</strong>` : nothing}</p>
      <p class="actions"><button type="button" class="primary" ?disabled=${selected.size > most} @click=${() => { choose([...selected]); router.open("/take-over"); }}>See what taking over would do</button>
      ${more.length ? html`<button type="button" @click=${() => select(more.map((row) => row.name), true)}>Choose all ${number(rows.filter(takable).length)} of this list</button>` : nothing}
      <button type="button" @click=${() => select([...selected], false)}>Choose none</button></p></div>`;
  }

  function show() {
    const { data, problem } = poll;
    if (!data && problem && problem.kind !== "signedOut") return draw(problemPanel(problem, () => poll.refresh()), place);
    if (!data) return draw(html`<p class="summary">Loading …</p>`, place);
    const all = data.listeners, n = counts(all), rows = pick(all, wish);
    if (!all.length) return draw(nothingYet(data.surveyedAt), place);
    for (const name of selected) if (!all.some((row) => row.name === name && takable(row))) selected.delete(name);
    const may = session.can("operator") ? { selected, select } : null;
    const pages = Math.max(1, Math.ceil(rows.length / pageSize));
    wish.page = Math.min(Math.max(1, wish.page), pages);
    const first = (wish.page - 1) * pageSize;
    draw(html`${summary(n, data.surveyedAt)}
      <div class="toolbar">
        <div class="search"><label class="sr-only" for="search">Search</label>
          <input type="search" id="search" placeholder="Search hostname, vault, who renews it" autocomplete="off" .value=${wish.text} @input=${(event) => change({ text: event.target.value, page: 1 })}></div>
        <fieldset class="filters"><legend class="sr-only">State</legend>${Object.entries(filters).map(([key, filter]) => html`<label><input type="radio" name="state" value=${key} .checked=${key === wish.show}
          @change=${() => change({ show: key, page: 1 })}>${filter.label}<span class="n">${number(n[key])}</span></label>`)}</fieldset>
        ${choice("who", "Who renews it", { "": "Renewed by anybody", ...managerNames })}${choice("kind", "What it is", kindsShown)}
        <button type="button" class="quiet push" @click=${exportAll}>Export CSV</button>
      </div>
      ${rows.length ? listenersTable(printing ? rows : rows.slice(first, first + pageSize), wish, change, may) : html`<div class="panel empty"><p>Nothing fits this search.</p><p class="actions"><button type="button" @click=${showAll}>Show all</button></p></div>`}
      ${rows.length ? html`<nav class="pager" aria-label="Pages of the table">${turn(rows.length, first, pages)}</nav>` : nothing}
      ${may && selected.size ? bar(rows) : nothing}`, place);
  }

  const choice = (key, label, options) => html`<label class="sr-only" for=${key}>${label}</label><select id=${key} class="short" @change=${(event) => change({ [key]: event.target.value, page: 1 })}>
    ${Object.entries(options).map(([value, words]) => html`<option value=${value} ?selected=${wish[key] === value}>${words}</option>`)}</select>`;

  function showAll() {
    change(plain);
    document.getElementById("search").focus();
  }

  function turn(total, first, pages) {
    const to = (page) => () => { change({ page }); place.querySelector("table").scrollIntoView({ block: "start" }); };
    const range = html`<span class="muted">${number(first + 1)}–${number(Math.min(first + pageSize, total))} of ${number(total)}</span>`;
    return pages === 1 ? range : html`<button type="button" ?disabled=${wish.page === 1} @click=${to(wish.page - 1)}>Previous</button><button type="button" ?disabled=${wish.page === pages} @click=${to(wish.page + 1)}>Next</button>${range}`;
  }

  // On paper all rows are there, not a hundred.
  const print = (now) => () => { printing = now; show(); };
  const [before, after] = [print(true), print(false)];

  draw(html`<div class="head"><h1>Listeners</h1></div>
    <p>Everything on the gateway that has a certificate, whoever made it: who renews it, what clients get, and whether a renewal will reach the gateway.</p>
    <p class="print-only">Printed on ${date(new Date().toISOString())} (${utc(new Date().toISOString())}).</p>${trouble}${place}`, node);
  return {
    title: "Listeners", poll, node,
    start() {
      poll.addEventListener("change", show);
      addEventListener("beforeprint", before);
      addEventListener("afterprint", after);
      poll.start();
      show();
    },
    stop() {
      clearTimeout(sayLater);
      poll.removeEventListener("change", show);
      removeEventListener("beforeprint", before);
      removeEventListener("afterprint", after);
      poll.stop();
    },
  };
}

// What a person wants to know first: whether there is anything to do.
function summary(n, surveyedAt) {
  const words = n.todo ? state("failed", "warn", `${number(n.todo)} ${n.todo === 1 ? "needs" : "need"} somebody.`)
    : n.unattended ? state("waiting", "warn", "Nothing needs somebody today.") : state("ok", "ok", n.unknown ? "Nothing that is known needs somebody." : "All are taken care of.");
  return html`<p class="summary" role="status">${words}${n.unattended ? html`<span>Nobody is known to renew ${number(n.unattended)} of ${number(n.all)}.</span>` : nothing}
    ${surveyedAt ? html`<span class="muted small">Looked at <time datetime=${surveyedAt} title=${utc(surveyedAt)}>${ago(surveyedAt)}</time></span>` : nothing}</p>`;
}

const nothingYet = (surveyedAt) => html`<div class="panel empty">${surveyedAt ? html`<h2>No listener with TLS yet</h2><p>The gateway has nothing with a certificate. What is added by certgate or by others is shown here.</p>`
  : html`<h2>Not looked at yet</h2><p>certgate looks at the whole gateway once an hour. What it finds is shown here.</p>`}</div>`;
