import assert from "node:assert/strict";
import { test } from "node:test";
import { counts, pick } from "../../static/certificate-filters.js";
import { stateOf } from "../../static/certificate-states.js";
import { weeks } from "../../static/expiry-weeks.js";
import { spanOf } from "../../static/week-span.js";
import { certificates } from "../fixture/data.js";

const names = (list) => list.map((c) => c.name);

test("problems come first, retired ones last", () => {
  const list = pick(certificates(12), {});
  assert.deepEqual(list.slice(0, 4).map((c) => c.state), ["expired", "overdue", "notServed", "due"]);
  assert.equal(list.at(-1).state, "retired");
});

test("every word of a search must fit, in hostname, name or issuer", () => {
  const list = certificates(30);
  assert.deepEqual(names(pick(list, { text: "museum CONTOSO" })), ["www-contoso-museum-example"]);
  assert.equal(pick(list, { text: "encrypt" }).length, 30);
  assert.equal(pick(list, { text: "museum nothing" }).length, 0);
});

test("an order can be turned round", () => {
  const list = certificates(20);
  assert.deepEqual(names(pick(list, { sort: "-expiry" })), names(pick(list, { sort: "expiry" })).reverse());
});

test("the filters count what they show", () => {
  const list = certificates(20), n = counts(list);
  assert.deepEqual(n, { all: 20, problems: 3, due: 2, ok: 14, damaged: 0, retired: 1 });
  assert.deepEqual(pick([...list, { name: "x", state: "damaged" }], { state: "damaged" }).map((c) => c.name), ["x"]);
  for (const state of Object.keys(n)) assert.equal(pick(list, { state }).length, n[state], state);
});

test("an imported certificate that is due waits for a person, an ordered one does not", () => {
  const list = [{ name: "a", state: "due", imported: true }, { name: "b", state: "due" }, { name: "c", state: "ok", imported: true }];
  assert.deepEqual(names(pick(list, { state: "problems" })), ["a"]);
  assert.equal(stateOf(list[0]).label, "To be replaced");
  assert.equal(stateOf(list[1]).label, "Renewal due");
});

test("a state that this site does not know is shown, after the others", () => {
  const list = pick([{ name: "b", state: "frozen" }, { name: "a", state: "retired" }], {});
  assert.deepEqual(names(list), ["a", "b"]);
});

test("the picture counts each certificate once, in the week in which it expires", () => {
  const now = Date.parse("2026-01-01T00:00:00Z"), day = 86_400_000;
  const at = (days, renewal) => ({ notAfter: new Date(now + days * day).toISOString(), state: "ok", renewal });
  const columns = weeks([at(-1), at(0.5), at(7), at(500), { ...at(1), state: "retired" },
    at(40, { start: new Date(now + 10 * day).toISOString(), end: new Date(now + 15 * day).toISOString() })], now);
  assert.deepEqual(columns.flatMap((c, i) => (c.expiring ? [[i, c.expiring]] : [])), [[0, 1], [1, 1], [2, 1], [6, 1], [15, 1]]);
  assert.deepEqual(columns.flatMap((c, i) => (c.renewing ? [i] : [])), [2, 3]);
});

test("a revoked certificate comes first and is called so", () => {
  const list = [{ name: "a", state: "expired", notAfter: "2026-01-01" }, { name: "b", state: "overdue", revoked: true, notAfter: "2026-05-01" }, { name: "c", state: "retired", revoked: true }];
  assert.deepEqual(names(pick(list, {})), ["a", "b", "c"]);
  assert.equal(stateOf(list[1]).label, "Revoked");
  assert.equal(stateOf(list[2]).label, "Retired");
});

test("what ends soon, and what ends in a week of the picture, can be picked", () => {
  const now = Date.parse("2026-01-01T00:00:00Z"), at = (days) => ({ name: String(days), state: "ok", notAfter: new Date(now + days * 86_400_000).toISOString() });
  const list = [at(-1), at(3), at(10), at(40), { ...at(2), name: "retired", state: "retired" }];
  assert.deepEqual(names(pick(list, { days: 14, sort: "expiry" }, now)), ["-1", "3", "10"]);
  assert.deepEqual(names(pick(list, spanOf("1", now), now)), ["10"]);
  assert.deepEqual(names(pick(list, spanOf("past", now), now)), ["-1"]);
  assert.equal(pick(list, spanOf("nonsense", now), now).length, 5);
});

test("within a day the name decides, not the second", () => {
  const list = [{ name: "b", notAfter: "2026-05-01T00:00:01Z" }, { name: "a", notAfter: "2026-05-01T23:00:00Z" }].map((c) => ({ ...c, state: "ok" }));
  assert.deepEqual(names(pick(list, {})), ["a", "b"]);
});
