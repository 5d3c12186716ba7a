// The front page: what needs a person, then when certificates end, then all of them in
// a table that can be searched, filtered and sorted. A page of the table is drawn, so
// that thousands cost no more than a hundred.
import { attentionCard } from "./attention-card.js";
import { certificatesTable, waiting } from "./certificate-table.js";
import { cards, needing } from "../attention.js";
import { CertificateList } from "../certificate-list.js";
import { filters, counts, pick, within } from "../certificate-filters.js";
import { draw, html, nothing, number, plural, repeat, state } from "../html.js";
import { Failures, hide } from "../failures.js";
import { Poll } from "../poll.js";
import { adviceFor, adviceNow, problemPanel } from "../problem.js";
import { sheet } from "../sheets.js";
import { markNeeding } from "../tab.js";
import { date, utc } from "../time.js";
import { spanOf } from "../week-span.js";

const pageSize = 100;
const healthEvery = 900_000; // milliseconds: each look is three calls of the storage
const othersEvery = 3_600_000; // as often as the gateway is surveyed

// What was read stays when the page is left, so that going back finds its place.
let all, failures;

// The picture comes after the first rows.
let drawWeeks;

export default function certificates({ api, ask, running, router, say, session, tell }) {
  all ??= new CertificateList(api, running);
  failures ??= new Failures(api, running);
  const query = new URLSearchParams(location.search);
  const wish = {
    text: query.get("q") ?? "", state: filters[query.get("state")] ? query.get("state") : "all", sort: query.get("sort") ?? "state",
    days: within.includes(Number(query.get("days"))) ? Number(query.get("days")) : 0, week: query.get("week") ?? "", page: Number(query.get("page")) || 1,
  };
  let said = "", sayLater = 0, printing = false;

  const health = new Poll(async (signal) => (await api.get("health", { signal })).data, { idle: healthEvery, share: "health" });
  // What else on the gateway needs somebody; nothing where the API does not tell.
  const others = new Poll(async (signal) => {
    const { asked, listenerCard } = await import("../listener-card.js");
    return listenerCard((await api.get(asked, { signal })).data);
  }, { idle: othersEvery, share: "others" });
  const place = document.createElement("div");
  const trouble = document.createElement("div");
  const listed = document.createElement("div");
  const asked = new Set(); // codes whose advice was asked for
  const opened = new Set(); // cards of which all names are shown

  // shown is what the table shows, after search and filters.
  const shown = () => pick(all.list ?? [], { ...wish, ...spanOf(wish.week) });

  function change(part) {
    Object.assign(wish, part);
    const next = new URLSearchParams();
    if (wish.text) next.set("q", wish.text);
    if (wish.state !== "all") next.set("state", wish.state);
    if (wish.days) next.set("days", String(wish.days));
    if (wish.week) next.set("week", wish.week);
    if (wish.sort !== "state") next.set("sort", wish.sort);
    if (wish.page > 1) next.set("page", String(wish.page));
    router.replace(`/certificates${next.size ? `?${next}` : ""}`);
    show();
    clearTimeout(sayLater);
    sayLater = setTimeout(() => {
      const words = `${number(shown().length)} of ${plural(all.list?.length ?? 0, "certificate")}${part.sort ? `, by ${wish.sort.replace("-", "")}` : ""}${part.page > 1 ? `, page ${wish.page}` : ""}.`;
      if (words !== said) tell(said = words);
    }, 600);
  }

  const changed = () => show();

  // act does what a button of a card, or of the page, is for. That comes when it is needed.
  const act = (name, card) => async (event) => {
    const button = event.currentTarget;
    (await import("../card-actions.js"))[name]({ api, ask, running, router, trouble }, button, card);
  };

  function open(card) {
    opened.add(card.key);
    show();
  }

  function putAside(card) {
    hide(card.open);
    show();
    say(`${plural(card.open.length, "hostname")} put aside in this browser. They are back with the next failure.`);
  }

  function show() {
    const { poll, list } = all;
    const broken = poll.problem && poll.problem.kind !== "signedOut" && !list;
    draw(broken ? problemPanel(poll.problem, () => poll.refresh()) : nothing, listed);
    if (broken) return draw(nothing, place);
    if (!list) return draw(waiting, place);
    const found = session.can("reader") ? cards({ certificates: list, open: failures.open(list, running.list), health: health.data, others: others.data }, adviceNow) : [];
    for (const { code } of found) {
      if (!code || asked.has(code) || adviceNow(code)) continue;
      asked.add(code);
      adviceFor(code).then((known) => { if (known) show(); });
    }
    if (all.complete && failures.poll.data) markNeeding(needing(found));
    const n = counts(list);
    const rows = shown();
    const pages = Math.max(1, Math.ceil(rows.length / pageSize));
    wish.page = Math.min(Math.max(1, wish.page), pages);
    const first = (wish.page - 1) * pageSize;
    draw(html`
      ${summary(list, n, found)}
      ${found.length ? html`<ul class="cards" aria-label="What needs somebody">${repeat(found, (card) => card.key, (card) => attentionCard(card, { all: opened.has(card.key), mayChange: session.can("operator"), act, open, putAside }))}</ul>` : nothing}
      ${list.length ? html`<div class="timeline-place">${drawWeeks?.(list, wish.week, (week) => change({ week: week === wish.week ? "" : week, days: 0, page: 1 })) ?? nothing}</div>
        <div class="toolbar">
          <div class="search"><label class="sr-only" for="search">Search</label>
            <input type="search" id="search" placeholder="Search hostname, name, issuer" autocomplete="off" .value=${wish.text} @input=${(event) => change({ text: event.target.value, page: 1 })}></div>
          <fieldset class="filters"><legend class="sr-only">State</legend>${Object.entries(filters).map(([key, filter]) => html`<label><input type="radio" name="state" value=${key} .checked=${key === wish.state}
            @change=${() => change({ state: key, page: 1 })}>${filter.label}<span class="n">${number(n[key])}</span></label>`)}</fieldset>
          <label class="sr-only" for="days">Expires</label>
          <select id="days" class="short" @change=${(event) => change({ days: Number(event.target.value), week: "", page: 1 })}>
            <option value="0" ?selected=${!wish.days}>Expires any time</option>${within.map((days) => html`<option value=${days} ?selected=${wish.days === days}>within ${days} days</option>`)}</select>
          ${wish.week ? html`<button type="button" class="chip" @click=${() => change({ week: "", page: 1 })}>${spanOf(wish.week).words} <span aria-hidden="true">×</span><span class="sr-only">, show all weeks</span></button>` : nothing}
          <button type="button" class="quiet push" @click=${act("exportAll")}>Export CSV</button>
        </div>` : nothing}
      ${rows.length ? certificatesTable(printing ? rows : rows.slice(first, first + pageSize), wish, change) : html`<div class="panel empty">${none(list)}</div>`}
      ${rows.length ? html`<nav class="pager" aria-label="Pages of the table">${turn(rows.length, first, pages)}</nav>` : nothing}`, place);
  }

  // What a person wants to know first: whether there is anything to do.
  function summary(list, n, found) {
    const total = n.all - n.retired;
    const unknown = failures.poll.problem || failures.poll.data === undefined;
    if (total === 0 && !found.length) return nothing;
    const renewing = list.reduce((sum, c) => sum + (c.state === "due" && !c.imported && !c.revoked ? 1 : 0), 0);
    const due = renewing > 0 ? state("due", "clock", `${number(renewing)} due for renewal, which happens by itself.`) : nothing;
    if (found.length) {
      const sum = needing(found);
      return html`<p class="summary" role="status">${state("failed", "warn", `${number(sum)} ${sum === 1 ? "thing needs" : "things need"} somebody.`)}${due}</p>`;
    }
    const words = total === 1 ? "Your certificate is in order." : `All ${number(total)} certificates are in order.`;
    return html`<p class="summary" role="status">${all.complete && !unknown ? state("ok", "ok", words) : state("ahead", "help", all.complete ? `${words} Whether requests have failed is not known.` : "Loading …")}${due}</p>`;
  }

  function none(list) {
    if (list.length) return html`<p>No certificate fits this search.</p><p class="actions"><button type="button" @click=${() => { change({ text: "", state: "all", days: 0, week: "", page: 1 }); document.getElementById("search").focus(); }}>Show all</button></p>`;
    return html`<h2>No certificates yet</h2><p>Name a hostname that points at your gateway; certgate orders, installs and renews its certificate.</p>
      ${session.can("operator") ? html`<p class="actions"><a class="button primary" href="/add">Add a certificate</a><a class="button" href="/check">Check the set-up first</a></p>` : nothing}`;
  }

  function turn(total, first, pages) {
    const to = (page) => () => { change({ page }); place.querySelector("table").scrollIntoView({ block: "start" }); };
    const range = html`<span class="muted">${number(first + 1)}–${number(Math.min(first + pageSize, total))} of ${number(total)}${all.complete ? "" : " so far"}</span>`;
    return pages === 1 ? range : html`<button type="button" ?disabled=${wish.page === 1} @click=${to(wish.page - 1)}>Previous</button><button type="button" ?disabled=${wish.page === pages} @click=${to(wish.page + 1)}>Next</button>${range}`;
  }

  // On paper all rows are there, not a hundred.
  const print = (now) => () => { printing = now; show(); };
  const [before, after] = [print(true), print(false)];

  const node = document.createElement("div");
  draw(html`<div class="head"><h1>Certificates</h1>${session.can("operator") ? html`<div class="actions"><a class="button" href="/import">Import</a><a class="button primary" href="/add">Add</a></div>` : nothing}</div>
    <p class="print-only">Printed on ${date(new Date().toISOString())} (${utc(new Date().toISOString())}).</p>${trouble}${listed}${place}`, node);
  return {
    title: "Certificates", poll: all.poll, node,
    start() {
      for (const source of [all, failures, running]) source.addEventListener("change", changed);
      for (const poll of [health, others]) poll.addEventListener("change", changed);
      addEventListener("beforeprint", before);
      addEventListener("afterprint", after);
      all.start();
      failures.start();
      health.start();
      others.start();
      if (!drawWeeks) Promise.all([import("../pictures/expiry.js"), sheet("timeline")]).then(([{ expiryPicture }]) => { drawWeeks = expiryPicture; show(); });
      show();
    },
    stop() {
      clearTimeout(sayLater);
      for (const source of [all, failures, running]) source.removeEventListener("change", changed);
      for (const poll of [health, others]) poll.removeEventListener("change", changed);
      removeEventListener("beforeprint", before);
      removeEventListener("afterprint", after);
      all.stop();
      failures.stop();
      health.stop();
      others.stop();
    },
  };
}
