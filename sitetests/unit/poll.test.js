import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Poll } from "../../static/poll.js";

// A page without a browser: what a Poll needs of it.
class Page extends EventTarget { hidden = false; }
beforeEach(() => {
  globalThis.document = new Page();
  globalThis.window = new EventTarget();
});
const flush = async () => { for (let i = 0; i < 10; i++) await Promise.resolve(); };

function poll(t, answers, options = {}) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let calls = 0;
  const p = new Poll(async () => {
    const answer = answers[Math.min(calls++, answers.length - 1)];
    if (answer instanceof Error) throw answer;
    return answer;
  }, { moves: (data) => data === "moving", ...options });
  return { p, calls: () => calls, pass: async (ms) => { t.mock.timers.tick(ms); await flush(); } };
}
const offline = Object.assign(new Error("no network"), { kind: "offline" });

test("it asks again within two seconds while something moves, and then no more", async (t) => {
  const { p, calls, pass } = poll(t, ["moving", "moving", "still"]);
  p.start();
  await flush();
  assert.equal(p.state, "live");
  await pass(1_900);
  await pass(1_900);
  assert.equal(calls(), 3);
  assert.equal(p.state, "idle");
  await pass(3_600_000);
  assert.equal(calls(), 3);
});

test("a hidden page asks nothing, and one that is seen again asks at once", async (t) => {
  const { p, calls, pass } = poll(t, ["moving"]);
  p.start();
  await flush();
  document.hidden = true;
  document.dispatchEvent(new Event("visibilitychange"));
  await pass(60_000);
  assert.equal(calls(), 1);
  assert.equal(p.state, "paused");
  document.hidden = false;
  document.dispatchEvent(new Event("visibilitychange"));
  await flush();
  assert.equal(calls(), 2);
});

test("without a connection it keeps what it has and tries again with growing pauses", async (t) => {
  const { p, calls, pass } = poll(t, ["moving", offline, offline, offline, "still"]);
  p.start();
  await flush();
  await pass(1_500);
  assert.equal(p.state, "offline");
  assert.equal(p.data, "moving");
  await pass(2_000);
  await pass(2_000);
  assert.equal(calls(), 3, "the second pause is longer than the first");
  await pass(2_000);
  assert.equal(calls(), 4);
  window.dispatchEvent(new Event("online"));
  await flush();
  assert.equal(p.state, "idle");
  assert.equal(p.data, "still");
});

test("a connection that goes is said at once, and one that comes back is used at once", async (t) => {
  const { p, calls } = poll(t, ["still", offline, "still"], { idle: 20_000 });
  p.start();
  await flush();
  window.dispatchEvent(new Event("offline"));
  await flush();
  assert.equal(p.state, "offline");
  assert.equal(p.data, "still");
  window.dispatchEvent(new Event("online"));
  await flush();
  assert.equal(p.state, "idle");
  assert.equal(calls(), 3);
  p.stop();
});

test("while nothing moves it asks seldom, hidden more seldom, and never if it need not", async (t) => {
  const { p, calls, pass } = poll(t, ["still"], { idle: 20_000, hidden: 90_000 });
  p.start();
  await flush();
  await pass(20_000);
  assert.equal(calls(), 2);
  document.hidden = true;
  document.dispatchEvent(new Event("visibilitychange"));
  await pass(89_000);
  assert.equal(calls(), 2);
  await pass(1_000);
  assert.equal(calls(), 3);
  p.stop();
});

test("a large answer is asked for less often", async (t) => {
  const { p, calls, pass } = poll(t, ["moving"], { pace: () => 6_000 });
  p.start();
  await flush();
  await pass(5_900);
  assert.equal(calls(), 1);
  await pass(100);
  assert.equal(calls(), 2);
  p.stop();
});

test("what one tab was answered is the answer of all", async (t) => {
  const first = poll(t, ["old", "new"], { share: "test" });
  const other = new Poll(async () => "old", { share: "test" });
  t.after(() => { first.p.stop(); other.stop(); });
  first.p.start();
  other.start();
  await flush();
  const heard = new Promise((done) => other.addEventListener("change", () => other.data === "new" && done(), { once: false }));
  await new Promise((later) => setImmediate(later));
  first.p.refresh();
  await heard;
  assert.equal(other.data, "new");
});

test("a refusal waits for a person", async (t) => {
  const { p, calls, pass } = poll(t, [Object.assign(new Error("no"), { kind: "problem", status: 404 })]);
  p.start();
  await flush();
  await pass(3_600_000);
  assert.equal(calls(), 1);
  assert.equal(p.state, "failed");
});

test("a refresh during a call is a call after it, not a second one beside it", async (t) => {
  const { p, calls } = poll(t, ["still"]);
  p.start();
  p.refresh();
  p.refresh();
  await flush();
  assert.equal(calls(), 2);
});

test("what arrives after the page was left changes nothing", async (t) => {
  const { p } = poll(t, ["moving"]);
  let changes = 0;
  p.addEventListener("change", () => changes++);
  p.start();
  p.stop();
  await flush();
  assert.equal(changes, 0);
});

test("where changes are heard of it asks when there is one, seldom otherwise, and as ever when nothing is heard", async (t) => {
  const { p, calls, pass } = poll(t, ["moving"]);
  t.mock.timers.reset();
  t.mock.timers.enable({ apis: ["setTimeout", "Date"] });
  p.start();
  await flush();
  p.hear(true);
  await pass(1_500);
  assert.equal(calls(), 2, "what changed before it was heard is looked for");
  await pass(29_000);
  assert.equal(calls(), 2);
  p.hear(true);
  await pass(0);
  assert.equal(calls(), 3, "a change after a pause is asked for at once");
  for (let i = 0; i < 10; i++) p.hear(true);
  await pass(1_400);
  assert.equal(calls(), 3, "many changes make no more calls than none");
  await pass(100);
  assert.equal(calls(), 4);
  await pass(30_000);
  assert.equal(calls(), 5);
  p.hear(false);
  await pass(1_500);
  await pass(1_500);
  assert.equal(calls(), 7);
});

test("a change that is heard during a call is asked for after it", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "Date"] });
  let calls = 0, answer;
  const p = new Poll(() => new Promise((done) => { calls++; answer = done; }), { moves: () => true });
  p.start();
  p.hear(true);
  answer("moving");
  await flush();
  t.mock.timers.tick(1_500);
  await flush();
  assert.equal(calls, 2);
});

test("what has ended is not asked for because something else has changed", async (t) => {
  const { p, calls, pass } = poll(t, ["still"]);
  p.start();
  await flush();
  p.hear(true);
  await pass(60_000);
  assert.equal(calls(), 1);
});
