import assert from "node:assert/strict";
import { test } from "node:test";
import { date, duration, relative } from "../../static/time.js";

const now = Date.parse("2026-03-01T12:00:00Z");

test("a time is told in the largest unit that has passed in full", () => {
  for (const [iso, want] of [
    ["2026-04-13T12:00:01Z", "in 43 days"], ["2026-03-03T11:00:00Z", "in 1 day"], ["2026-03-02T11:59:00Z", "in 23 hours"],
    ["2026-03-01T13:00:00Z", "in 1 hour"], ["2026-03-01T12:12:30Z", "in 12 minutes"], ["2026-03-01T12:00:20Z", "now"],
    ["2026-02-17T11:00:00Z", "12 days ago"], ["2026-03-01T10:00:00Z", "2 hours ago"],
  ]) assert.equal(relative(iso, now), want, iso);
});

test("a duration has the precision that matters for its length", () => {
  for (const [seconds, want] of [[0, "0.0 s"], [0.42, "0.4 s"], [9.96, "10 s"], [59.4, "59 s"], [60, "1 min"], [184, "3 min 4 s"], [7500, "2 h 5 min"], [273600, "3 d 4 h"], [-1, "0.0 s"]]) {
    assert.equal(duration(seconds), want);
  }
});

test("a missing date is a dash", () => assert.equal(date(null), "–"));
