// What moves: running jobs, connections that come and go, pages that sleep. Time
// is the page's own clock, which the tests set: nothing here depends on how fast
// the machine is.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { asks, world } from "./harness.js";
import { fill } from "./scenes.js";

const w = world();
const { skip } = w;
beforeEach(() => { if (!skip) fill(w.fixture); });

// halted stops the clock of a page that asks by itself. It goes on by page.clock
// alone, from an hour later.
async function halted(page) {
  const hour = 3_600_000;
  const before = await page.textContent("#freshness-time");
  await page.clock.pauseAt(Date.now() + hour);
  await page.locator("#freshness-time").filter({ hasNotText: before }).waitFor();
  await page.waitForSelector("#freshness[data-state=live]");
}

test("a step that is done shows within two seconds, on the job and in the list", { skip }, async () => {
  const job = w.fixture.jobs.get("r1");
  for (const [address, shows] of [["/jobs/r1", "li.is-current:has-text('Create the certificate')"], ["/jobs", "tr:has-text('shop.alpine.example'):has-text('Remove the validation file')"]]) {
    const page = await w.page(["reader"]);
    await page.clock.install();
    await page.goto(address);
    await page.waitForSelector("text=shop.alpine.example");
    await halted(page);
    job.advance();
    await page.clock.runFor(1_500); // and half a second for the call
    await page.waitForSelector(shows);
    await page.context().close();
  }
});

test("nothing jumps and nothing loses the focus while a job moves", { skip }, async () => {
  const page = await w.page(["admin"]);
  await page.goto("/jobs");
  await page.waitForSelector("tbody tr:nth-child(5)");
  await page.focus("a:text('api.northwind.example')");
  await page.evaluate(() => {
    globalThis.shift = 0;
    new PerformanceObserver((list) => { for (const entry of list.getEntries()) globalThis.shift += entry.value; }).observe({ type: "layout-shift" });
  });
  const job = w.fixture.jobs.get("r1");
  for (const step of ["Create the certificate", "Remove the validation file", "Configure the gateway"]) {
    job.advance();
    await page.waitForSelector(`tr:has-text('shop.alpine.example'):has-text('${step}')`);
  }
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "api.northwind.example");
  assert.ok(await page.evaluate(() => globalThis.shift) < 0.1);
});

test("a job of many keeps the focus while its certificates move, and shows the failed ones first", { skip }, async () => {
  const page = await w.page(["operator"]);
  await page.goto("/add");
  await page.fill("#hostnames", "a.example.com b.example.com c.example.com");
  await page.click("button:text('Request 3 certificates')");
  await page.waitForURL("**/jobs/*");
  await page.waitForSelector("tbody tr:nth-child(3)");
  await page.focus("tbody a:text('b.example.com')");
  const { children } = [...w.fixture.jobs.values()].map((job) => job.body).find((body) => body.children);
  [children[0].runtimeStatus, children[0].customStatus] = ["Completed", { status: "Completed", message: "Certbot function successfully completed." }];
  [children[2].runtimeStatus, children[2].customStatus] = ["Failed", { status: "Failed", message: "The name leads elsewhere.", error: "HostnameNotResolvingToApplicationGateway" }];
  await page.waitForSelector("tr:has-text('a.example.com'):has-text('The certificate is in place.')");
  await page.waitForSelector("tbody tr:nth-child(1):has-text('c.example.com'):has-text('Failed')");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "b.example.com");
});

test("the end of a job is said once, and then the page asks no more", { skip }, async () => {
  w.fixture.jobs.delete("r2");
  const page = await w.page(["reader"]);
  await page.clock.install();
  await page.goto("/certificates");
  await page.waitForSelector("tbody a");
  await page.waitForSelector("#freshness[data-state=live]");
  await page.evaluate(() => {
    globalThis.heard = [];
    const status = document.getElementById("status");
    new MutationObserver(() => globalThis.heard.push(status.textContent)).observe(status, { childList: true, characterData: true, subtree: true });
  });
  w.fixture.jobs.get("r1").advance(5);
  await page.waitForFunction(() => document.getElementById("status").textContent === "shop.alpine.example: completed.");
  await page.waitForSelector("#freshness[data-state=idle]");
  const calls = asks(page);
  await page.clock.fastForward("01:00:00");
  assert.equal(await calls.sinceThen(), 0);
  assert.deepEqual(await page.evaluate(() => globalThis.heard), ["shop.alpine.example: completed."]);
});

test("a hidden page asks nothing, and one that is seen again after a sleep asks at once", { skip }, async () => {
  const page = await w.page(["reader"]);
  await page.clock.install();
  await page.goto("/jobs");
  await page.waitForSelector("text=shop.alpine.example");
  await page.waitForSelector("#freshness[data-state=live]");
  const turn = (hidden) => page.evaluate((value) => {
    Object.defineProperty(document, "hidden", { configurable: true, get: () => value });
    document.dispatchEvent(new Event("visibilitychange"));
  }, hidden);
  await turn(true);
  await page.waitForFunction(() => !["live", "loading"].includes(document.getElementById("freshness").dataset.state));
  const calls = asks(page);
  await page.clock.fastForward("08:00:00");
  assert.equal(await calls.sinceThen(), 0);
  w.fixture.jobs.get("r1").advance();
  await turn(false);
  await page.waitForSelector("tr:has-text('shop.alpine.example'):has-text('Create the certificate')");
});

test("without a connection the page says so, keeps what it shows, and goes on by itself", { skip }, async () => {
  const page = await w.page(["reader"]);
  await page.goto("/jobs");
  await page.waitForSelector("tbody a");
  await page.context().setOffline(true);
  await page.waitForSelector("#freshness[data-state=offline]:has-text('Offline since')");
  assert.ok(await page.isVisible("a:text('shop.alpine.example')"));
  w.fixture.jobs.get("r1").advance();
  await page.context().setOffline(false);
  await page.waitForSelector("tr:has-text('shop.alpine.example'):has-text('Create the certificate')");
  await page.waitForSelector("#freshness[data-state=live]");
});

test("an API that is away for a while is asked again, and the page says that there is no answer", { skip }, async () => {
  w.fixture.failing = ["certificates"];
  const page = await w.page(["reader"]);
  await page.clock.install();
  await page.goto("/certificates");
  await page.waitForSelector(".problem:has-text('certgate could not do this')");
  await page.waitForSelector("#freshness:has-text('No answer')");
  w.fixture.failing = [];
  await page.clock.fastForward(30_000);
  await page.waitForSelector("tbody a");
  assert.equal(await page.locator(".problem").count(), 0);
});
