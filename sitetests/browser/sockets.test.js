// Pages that hear of changes over a WebSocket, where the installation has Web PubSub.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { asks, world } from "./harness.js";
import { fill } from "./scenes.js";

const w = world({ sockets: true });
const { skip } = w;
beforeEach(() => { if (!skip) fill(w.fixture); });
afterEach(() => w.sockets?.drop());

// open shows a page whose clock is the test's, until it hears this group.
async function open(address, group) {
  const page = await w.page(["reader"]);
  await page.clock.install();
  await page.goto(address);
  await page.waitForSelector("#freshness[data-state=live]");
  await hears(page, group);
  await page.clock.pauseAt(Date.now() + 3_600_000);
  await page.waitForSelector("#freshness[data-state=live]");
  return page;
}

// passes lets up to 15 seconds of the page's time pass until something is so.
async function passes(page, is, step = 500) {
  for (let i = 0; !await is(); i++) {
    assert.ok(i < 15_000 / step, `${is} does not come true`);
    await page.clock.runFor(step);
  }
}

async function hears(page, group) {
  await passes(page, () => w.sockets.listening.includes(group));
  await page.clock.runFor(1_500); // and what changed before
}

test("a page that hears asks seldom, and shows a change when it is told of one", { skip }, async () => {
  for (const [address, group, shows] of [["/jobs/r1", "instance.r1", "li.is-current:has-text('Create the certificate')"], ["/jobs", "instances", "tr:has-text('shop.alpine.example'):has-text('Remove the validation file')"]]) {
    const page = await open(address, group);
    const calls = asks(page);
    await page.clock.runFor(10_000);
    const made = await calls.sinceThen();
    assert.ok(made <= 2, `${address}: ${made} calls in 10 s`);
    w.fixture.jobs.get("r1").advance();
    w.sockets.say(group);
    await passes(page, () => page.locator(shows).count(), 50); // far less than until it asks by itself
    await page.context().close();
  }
});

test("a connection that is lost leaves the page as it was without one, and is made again", { skip }, async () => {
  const page = await open("/jobs/r1", "instance.r1");
  const before = w.sockets.asked.length;
  w.sockets.drop();
  w.fixture.jobs.get("r1").advance();
  await passes(page, () => page.locator("li.is-current:has-text('Create the certificate')").count());
  await hears(page, "instance.r1");
  assert.equal(w.sockets.asked.length, before + 1, "with an address of its own");
});

test("the page of a job hears of that job alone while it is at work, others of all", { skip }, async () => {
  const page = await open("/jobs/r1", "instance.r1");
  w.fixture.jobs.get("r1").advance(5);
  w.sockets.say("instance.r1");
  await hears(page, "instances");
  assert.deepEqual(w.sockets.listening, ["instances"]);
});

test("without the service's host in the site's rules there is no connection, and pages ask as ever", { skip }, async () => {
  w.fixture.door.connects = "";
  const page = await w.page(["reader"]);
  await page.goto("/jobs");
  const refused = page.waitForEvent("console", (message) => message.text().includes("Content Security Policy"));
  await refused;
  w.fixture.jobs.get("r1").advance();
  await page.waitForSelector("tr:has-text('shop.alpine.example'):has-text('Create the certificate')");
  assert.deepEqual(w.sockets.listening, []);
  w.tabs.complaints.length = 0;
  w.fixture.door.connects = w.sockets.origin;
});
