// What moves: running jobs, connections that come and go, pages that sleep. Time
// is the page's own clock, which the tests set: nothing here depends on how fast
// the machine is.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { asks, world } from "./harness.js";
import { fill } from "./scenes.js";
import { certificates } from "../fixture/data.js";

const w = world();
const { skip } = w;
beforeEach(() => { if (!skip) fill(w.fixture); });

// halted stops the clock of a page that asks by itself. It goes on by page.clock
// alone, from an hour later.
async function halted(page) {
  const hour = 3_600_000;
  await page.clock.pauseAt(Date.now() + hour);
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
  const parent = w.fixture.many(3);
  await page.goto(`/jobs/${parent.body.instanceId}`);
  await page.waitForSelector("tbody tr:nth-child(3)");
  await page.focus("tbody a:text('cust02.example.com')");
  w.fixture.moveChild(parent, 0, "Completed");
  w.fixture.moveChild(parent, 2, "Failed");
  await page.waitForSelector("tr:has-text('cust01.example.com'):has-text('The certificate is in place.')");
  await page.waitForSelector("tbody tr:nth-child(1):has-text('cust03.example.com'):has-text('Failed')");
  await page.waitForSelector(".shares-part:has-text('1 completed'):has-text('1 failed'):has-text('1 running')"); // whatever the parent last wrote
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "cust02.example.com");
});

test("the end of a job is said once, and then the page asks seldom", { skip }, async () => {
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
  await page.waitForFunction(() => document.getElementById("status").textContent === "shop.alpine.example: done.");
  await page.waitForSelector("#freshness[data-state=idle]");
  assert.deepEqual(await page.evaluate(() => globalThis.heard.filter((text) => text.includes("alpine"))), ["shop.alpine.example: done."]);
});

test("a hidden page asks seldom, and one that is seen again after a sleep asks at once", { skip }, async () => {
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
  await page.clock.fastForward("00:01:20");
  assert.equal(await calls.sinceThen(), 0, "for the tab's mark it asks every 90 s");
  await page.clock.fastForward("08:00:00");
  w.fixture.jobs.get("r1").advance();
  await turn(false);
  await page.waitForSelector("tr:has-text('shop.alpine.example'):has-text('Create the certificate')");
});

test("without a connection the page says so, keeps what it shows, and goes on by itself", { skip }, async () => {
  const page = await w.page(["reader"]);
  await page.goto("/jobs");
  await page.waitForSelector("tbody a");
  await page.context().setOffline(true);
  await page.waitForSelector("#freshness[data-state=offline]:has-text('Offline')");
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

test("an idle page learns of a colleague's job within 30 seconds, even of one that is over by then", { skip }, async () => {
  for (const id of ["r1", "r2"]) w.fixture.jobs.delete(id);
  const page = await w.page(["reader"]);
  await page.clock.install();
  await page.goto("/jobs");
  await page.waitForSelector("text=www.contoso-museum.example");
  await page.waitForSelector("#freshness[data-state=idle]:has-text('Updated')");
  w.fixture.job("colleague", "new.example.com");
  await page.clock.runFor(29_000);
  await page.waitForSelector("tr:has-text('new.example.com'):has-text('Running')");
  w.fixture.jobs.get("colleague").advance(11);
  await page.clock.runFor(5_000);
  await page.waitForSelector("tr:has-text('new.example.com'):has-text('Done')");
  await page.waitForSelector("#freshness[data-state=idle]");
  w.fixture.job("short", "quick.example.com").advance(11);
  await page.clock.runFor(29_000);
  await page.waitForSelector("tr:has-text('quick.example.com'):has-text('Done')");
});

test("the pages of a hostname and of its certificate learn of a colleague's job within 30 seconds", { skip }, async () => {
  for (const id of ["r1", "r2"]) w.fixture.jobs.delete(id);
  for (const [id, address] of [["h1", "/hostnames/portal.fabrikam.example"], ["c1", "/certificates/portal-fabrikam-example"]]) {
    const page = await w.page(["reader"]);
    await page.clock.install();
    await page.goto(address);
    await page.waitForSelector("h2:text('Jobs')");
    await page.waitForSelector("#freshness[data-state=idle]:has-text('Updated')");
    w.fixture.job(id, "portal.fabrikam.example", { name: "RenewCertificateFunctions" });
    await page.clock.runFor(29_000);
    await page.waitForSelector(`tr:has(a[href='/jobs/${id}']):has-text('Running')`);
    w.fixture.jobs.get(id).advance(11);
    await page.clock.runFor(5_000);
    await page.waitForSelector(`tr:has(a[href='/jobs/${id}']):has-text('Done')`);
    await page.context().close();
  }
});

test("ten tabs ask what one asks", { skip }, async () => {
  for (const id of ["r1", "r2"]) w.fixture.jobs.delete(id);
  const first = await w.page(["reader"]);
  const pages = [first, ...await Promise.all(Array.from({ length: 9 }, () => first.context().newPage()))];
  for (const page of pages) {
    await page.goto("/jobs");
    await page.waitForSelector("#freshness[data-state=idle]");
  }
  const before = w.fixture.calls.filter((call) => call.includes("Pending,Running")).length;
  const began = Date.now();
  await new Promise((done) => setTimeout(done, 45_000));
  const asked = w.fixture.calls.filter((call) => call.includes("Pending,Running")).length - before;
  const one = (Date.now() - began) / 20_000; // what a tab alone asks in this time
  assert.ok(asked >= 1 && asked <= 2 * one, `${asked} calls of ten tabs, ${one.toFixed(1)} of one`);
});

test("a page that is opened without a connection loads by itself when there is one", { skip }, async () => {
  const page = await w.page(["reader"]);
  await page.route("**/pages/check.js", (route) => route.abort("internetdisconnected"));
  await page.goto("/jobs");
  await page.waitForSelector("tbody a");
  await page.click("nav a:text('Set-up check')");
  await page.waitForSelector("text=This page could not be loaded");
  await page.unroute("**/pages/check.js");
  await page.evaluate(() => window.dispatchEvent(new Event("online")));
  await page.waitForSelector(".summary");
});

test("without a connection a change is not sent, and the page says what to do", { skip }, async () => {
  const page = await w.page(["operator"]);
  await page.goto("/add");
  await page.fill("#hostnames", "fine.example.com");
  await page.waitForSelector("text=1 will work");
  await page.context().setOffline(true);
  await page.click("button:text('Request the certificate')");
  await page.waitForSelector(".problem:has-text('Not sent')");
  assert.ok(!(await page.textContent(".problem")).includes("by itself"));
  await page.context().setOffline(false);
  await page.click(".problem button:text('Try again')");
  await page.waitForURL("**/jobs/*");
});

test("a fault in a page ends in words", { skip }, async () => {
  const page = await w.page(["reader"]);
  await page.route("**/api/certificates/*", (route) => route.fulfill({ json: { name: "x", hostnames: 7 } }));
  await page.goto("/certificates/x");
  await page.waitForSelector(".problem:has-text('This page has met a fault of its own')");
  await page.route("**/api/hostnames/*", (route) => route.fulfill({ status: 200, body: "<html>hello" }));
  await page.goto("/hostnames/a.example.com");
  await page.waitForSelector(".problem:has-text('The answer could not be read')");
  w.tabs.complaints.length = 0;
});

test("going back keeps the place, and a new page has its heading focused", { skip }, async () => {
  w.fixture.certificates = certificates(100);
  const page = await w.page(["reader"]);
  await page.goto("/certificates");
  await page.waitForFunction(() => document.querySelectorAll(".certificates tbody tr").length === 100);
  await page.locator(".certificates tbody tr:nth-child(70) a").scrollIntoViewIfNeeded();
  await page.waitForFunction(() => history.state?.scroll > 500);
  // The place is what is seen, not a number: what stands above may have grown meanwhile.
  await page.evaluate(() => {
    globalThis.seen = () => document.querySelector(".certificates tbody tr:nth-child(70)")?.getBoundingClientRect().top;
    addEventListener("click", () => { globalThis.left = globalThis.seen(); }, { capture: true, once: true });
  });
  await page.click(".certificates tbody tr:nth-child(70) a");
  await page.waitForSelector("h2:text('Facts')");
  assert.equal(await page.evaluate(() => document.activeElement.tagName), "H1");
  await page.goBack();
  await page.waitForFunction(() => Math.abs(globalThis.seen() - globalThis.left) < 5);
});

test("a screen reader is told what a search, a filter and a look have found", { skip }, async () => {
  const page = await w.page(["reader"]);
  await page.goto("/certificates");
  await page.waitForSelector("tbody a");
  const told = (text) => page.waitForFunction((wanted) => document.getElementById("status").textContent.includes(wanted), text);
  await page.fill("#search", "museum");
  await told("1 of 16 certificates");
  await page.fill("#search", "");
  await page.click("text=Problems");
  await told("3 of 16 certificates");
  await page.goto("/hostnames/caa.example.com");
  await told("caa.example.com is not ready for a certificate.");
  const tree = await page.locator("main").ariaSnapshot();
  for (const part of [/heading "caa\.example\.com" \[level=1\]/, /region "Verdict"/, /button "Copy value 0 issue/]) assert.match(tree, part);
});

test("a thousand hostnames cost little to watch", { skip }, async (t) => {
  const parent = w.fixture.many(1000);
  for (let i = 0; i < 300; i++) w.fixture.moveChild(parent, i, i % 90 ? "Completed" : "Failed");
  const page = await w.page(["reader"]);
  await page.goto(`/jobs/${parent.body.instanceId}`);
  await page.waitForSelector("text=1–100 of 1,000");
  const sizes = [];
  page.on("response", async (response) => { if (response.url().includes("/children") && response.status() === 200) sizes.push((await response.body()).length); });
  for (const upTo of [400, 500, 600]) {
    for (let i = upTo - 100; i < upTo; i++) w.fixture.moveChild(parent, i, i % 7 ? "Completed" : "Failed");
    await page.waitForSelector(`text=${[...parent.body.children].filter((child) => child.runtimeStatus === "Completed").length} completed`);
  }
  assert.equal(await page.locator(".board tbody tr").count(), 100);
  t.diagnostic(`replies of ${sizes.map((n) => (n / 1000).toFixed(1)).join(", ")} kB`);
  assert.ok(sizes.length && sizes.every((n) => n <= 30_000), sizes.join());
});
