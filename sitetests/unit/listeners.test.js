import assert from "node:assert/strict";
import { test } from "node:test";
import { listenerCard } from "../../static/listener-card.js";
import { counts, pick } from "../../static/listener-filters.js";
import { about, addressOf, fix, needs, reaches, reason, renewedBy, served, soon, source, stateOf, title } from "../../static/listener-words.js";
import { listeners } from "../fixture/listeners.js";

const now = Date.parse("2026-06-01T12:00:00Z");
const all = listeners(14, now);
const of = (name) => all.find((row) => row.name === name || row.hostnames[0] === name);
const answer = (list, top = list.length) => {
  const states = {};
  for (const row of list) states[row.state] = (states[row.state] ?? 0) + 1;
  return { listeners: pick(list, {}, now).slice(0, top), total: list.length, states };
};

test("what needs somebody comes first, the worst of it before the rest", () => {
  const list = pick(all, {}, now);
  assert.deepEqual(list.filter((row) => needs(row, now)).map((row) => row.state), ["expired", "dead", "wrongName", "blocked", "late", "unattended", "watched"]);
  assert.deepEqual(list.slice(7).map((row) => row.state), ["unattended", "unknown", "elsewhere", "elsewhere", "elsewhere", "watched", "managed"]);
  assert.equal(list[5].hostnames[0], "legacy.adatum.example");
});

test("what nobody renews needs somebody 30 days before its end, or in the last third of a short life", () => {
  const row = (days, life, more) => ({ ...listeners(6, now)[5], served: { state: "unknown" }, certificate: { notBefore: new Date(now + (days - life) * 86_400_000).toISOString(), notAfter: new Date(now + days * 86_400_000).toISOString() }, ...more });
  for (const [days, life, want] of [[29, 365, true], [31, 365, false], [9, 30, true], [11, 30, false]]) assert.equal(soon(row(days, life), now), want, `${days} of ${life}`);
  assert.equal(soon(row(3, 365, { kind: "entry" }), now), false, "nobody is served by an unused entry");
  assert.equal(soon(row(3, 365, { state: "elsewhere" }), now), false, "whoever renews it still has time");
  assert.equal(stateOf(row(3, 365), now).label, "Ends soon");
});

test("each filter counts what it shows, and a search finds hostname, vault, authority and renewer", () => {
  const n = counts(all, now);
  assert.deepEqual(n, { all: 14, todo: 7, unattended: 2, unknown: 1, fine: 5 });
  for (const show of Object.keys(n)) assert.equal(pick(all, { show }, now).length, n[show], show);
  const found = (wish) => pick(all, wish, now).map(title);
  assert.deepEqual(found({ text: "REFUNDS alpine" }), ["pay.alpine-shop.example"]);
  assert.deepEqual(found({ text: "kv-partner" }), ["partner.proseware.example"]);
  assert.deepEqual(found({ text: "sectigo" }), ["legacy.adatum.example"]);
  assert.deepEqual(found({ text: "app service" }), ["www.fourth-coffee.example"]);
  assert.deepEqual(found({ who: "keyVault" }), ["tls-proxy-8443"]);
  assert.deepEqual(found({ kind: "authority" }), ["partners-ca"]);
  assert.deepEqual(found({ sort: "-name" }), found({ sort: "name" }).reverse());
});

test("who renews it is said with how sure that is", () => {
  assert.deepEqual(renewedBy(of("api.wingtip.example")), { words: "acmebot", more: "Azure DNS, acme-v02.api.letsencrypt.org", guess: false });
  assert.deepEqual(renewedBy(of("www.fourth-coffee.example")), { words: "App Service", more: "a secret without certificate, as App Service Certificates are", guess: true });
  assert.equal(renewedBy(of("legacy.adatum.example")).words, "Nobody is known");
  assert.equal(renewedBy(of("partners-ca")).words, "Nobody");
  assert.deepEqual(renewedBy(of("partner.proseware.example")), { words: "Not known", more: "", guess: false });
});

test("whether a renewal reaches the gateway is said with its reason", () => {
  for (const [name, ok, words] of [
    ["legacy.adatum.example", false, /uploaded/], ["pay.alpine-shop.example", false, /one version/], ["tickets.harbour-hotel.example", false, /cannot read/],
    ["api.wingtip.example", true, /by itself/], ["old-campaign-2024", null, /No listener/], ["partner.proseware.example", null, /Not known/], ["partners-ca", false, /uploaded/],
  ]) {
    const said = reaches(of(name));
    assert.equal(said.ok, ok, name);
    assert.match(said.words, words, name);
  }
});

test("people read words, not identifiers or calls of the API", () => {
  const said = all.flatMap((row) => [stateOf(row, now).label, title(row), about(row), source(row), served(row), reaches(row).words, renewedBy(row).words, reason(row), fix(row)]);
  for (const text of said) assert.doesNotMatch(text, /GET |\/api\/|keyVault|secretOnly|clientCa|backendCa|httpListeners|undefined|null/);
  assert.equal(reason(of("shop.northwind.example")), "");
  assert.equal(fix({ ...of("partner.proseware.example"), fix: "GET /api/preflight says which role is missing." }), "The set-up check says which role is missing.");
  assert.match(served(of("partner.proseware.example")), /nothing to be compared with/);
  assert.equal(served(of("intranet.adatum.example")), "Not seen: a private address");
  assert.equal(about(of("tls-proxy-8443")), "Any hostname at port 8443");
  assert.equal(stateOf({ ...of("old-campaign-2024"), state: "dead" }, now).label, "Cannot be read");
});

test("a state that this site does not know is shown, after the others", () => {
  const list = pick([{ ...all[13], state: "frozen" }, all[7]], {}, now);
  assert.equal(stateOf(list[1], now).label, "frozen");
});

test("each thing on the gateway has a page of its own", () => {
  assert.equal(addressOf(of("api.wingtip.example")), "/listeners/api-wingtip-example");
  assert.equal(addressOf(of("old-campaign-2024")), "/listeners/old-campaign-2024?kind=entry");
  assert.equal(addressOf({ ...all[0], name: "a/b c" }), "/listeners/a%2Fb%20c");
});

test("the front page has one card for all of it, with cause and fix if it is one", () => {
  const fresh = listeners(14);
  const card = listenerCard(answer(fresh));
  assert.deepEqual([card.count, card.kind, card.subjects.length], [7, "expired", 7]);
  const [late] = fresh.filter((row) => row.state === "late");
  const one = listenerCard(answer([late, ...fresh.filter((row) => row.state === "elsewhere")]));
  assert.deepEqual([one.count, one.kind, one.why, one.fix], [1, "overdue", late.reason, late.fix]);
  assert.equal(listenerCard(answer(fresh.filter((row) => row.state === "elsewhere"))), null);
  const many = Array.from({ length: 80 }, (_, i) => ({ ...late, name: `l${i}` }));
  assert.equal(listenerCard(answer(many, 50)).count, 80, "more than were asked for");
});
