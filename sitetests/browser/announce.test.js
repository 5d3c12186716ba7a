// What people hear and feel who do not look: results are said, the focus stays, news
// does not hide what is being read.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { certificates, preflight } from "../fixture/data.js";
import { world } from "./harness.js";
import { fill } from "./scenes.js";

const w = world();
const { skip } = w;
beforeEach(() => { if (!skip) fill(w.fixture); });

const told = (page, text) => page.waitForFunction((wanted) => document.getElementById("status").textContent.includes(wanted), text);

test("sorting, turning the page, what was understood and what the check found are said", { skip }, async () => {
  w.fixture.certificates = certificates(150);
  const page = await w.page(["operator"]);
  await page.goto("/certificates");
  await page.waitForSelector(".pager button");
  await page.click("th button:has-text('Expires')");
  await told(page, "150 of 150 certificates, by expiry.");
  await page.click(".pager button:text('Next')");
  await told(page, "page 2.");
  await page.goto("/add");
  await page.fill("#hostnames", "fine.example.com caa.example.com localhost");
  await told(page, "1 will work, 1 not ready, 1 not understood.");
  await page.goto("/check");
  await page.waitForSelector(".summary");
  await page.click("button:text('Check again')");
  await told(page, `2 of ${preflight.checks.length} to mend`);
  await page.goto("/jobs");
  await page.waitForSelector("tbody a");
  await page.click(".filters label:has-text('Failed')");
  await told(page, "1 job shown.");
});

test("the focus stays on the chart while the list below is read again", { skip }, async () => {
  const page = await w.page(["reader"]);
  await page.goto("/certificates");
  await page.waitForSelector(".week:not(:disabled)");
  for (const place of [".week:not(:disabled)", ".timeline .alternative summary"]) {
    await page.focus(place);
    await page.evaluate(() => { globalThis.held = document.activeElement; });
    const name = `new${place.length}.example`;
    w.fixture.certificates = [...w.fixture.certificates, { ...w.fixture.certificates.at(-1), name: name.replace(".", "-"), hostnames: [name] }];
    await page.evaluate(() => document.getElementById("freshness").click());
    await page.waitForSelector(`.filters label:has-text('All'):has-text('${w.fixture.certificates.length}')`);
    assert.ok(await page.evaluate(() => document.activeElement === globalThis.held && globalThis.held.isConnected), place);
  }
});

test("a job's own page has no toast for what it shows; ends elsewhere are each a toast", { skip }, async () => {
  w.fixture.job("r3", "third.example.com");
  const page = await w.page(["reader"]);
  await page.goto("/jobs/r1");
  await page.waitForSelector(".steps li");
  await page.evaluate(() => {
    globalThis.toasts = [];
    new MutationObserver((list) => { for (const { addedNodes } of list) for (const node of addedNodes) globalThis.toasts.push(node.textContent); }).observe(document.getElementById("toasts"), { childList: true });
  });
  w.fixture.jobs.get("r1").advance(1);
  await told(page, "Create the certificate.");
  assert.deepEqual(await page.evaluate(() => globalThis.toasts), []);
  w.fixture.jobs.get("r2").advance(2);
  w.fixture.jobs.get("r3").advance(11);
  await page.waitForFunction(() => globalThis.toasts.length >= 2);
  assert.deepEqual((await page.evaluate(() => globalThis.toasts)).sort(), ["api.northwind.example: done.", "third.example.com: done."]);
});
