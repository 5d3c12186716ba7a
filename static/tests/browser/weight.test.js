// How heavy the pages are, and how they do with thousands of certificates.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { World, missing } from "./harness.js";
import { fill } from "./scenes.js";
import { certificates } from "../fixture/data.js";

const skip = missing();
const most = 100_000; // bytes of one page before compression, API answers apart
let world;
before(async () => { if (!skip) world = await World.start(); });
after(() => world?.stop());

test("no page weighs more than 100 kB, and all of it comes from the site", { skip }, async (t) => {
  fill(world.fixture);
  for (const address of ["/certificates", "/certificates/portal-fabrikam-example", "/add", "/import", "/jobs", "/jobs/f1", "/check", "/dns?hostname=a.example.com"]) {
    const page = await world.page(["admin"]);
    const parts = [];
    page.on("response", (response) => parts.push(response));
    await page.goto(address, { waitUntil: "networkidle" });
    const own = parts.filter((response) => !/\/(api|\.auth)\//.test(response.url()));
    for (const response of parts) assert.equal(new URL(response.url()).origin, world.url);
    const sizes = await Promise.all(own.map(async (response) => (await response.body()).length));
    const bytes = sizes.reduce((a, b) => a + b, 0);
    t.diagnostic(`${address}: ${(bytes / 1000).toFixed(1)} kB in ${own.length} files`);
    assert.ok(bytes <= most, `${address} weighs ${bytes} bytes`);
    await page.context().close();
  }
});

test("the frame shows without any script", { skip }, async () => {
  const page = await world.page(["reader"], { javaScriptEnabled: false });
  await page.goto("/jobs");
  assert.ok(await page.isVisible("nav >> text=Certificates"));
  assert.ok(await page.isVisible("main h1"));
});

test("5,000 certificates stay smooth", { skip }, async (t) => {
  fill(world.fixture);
  world.fixture.jobs.clear();
  world.fixture.certificates = certificates(5_000);
  const page = await world.page(["reader"]);
  const began = Date.now();
  await page.goto("/certificates");
  await page.waitForSelector("tbody a");
  const first = Date.now() - began;
  await page.waitForFunction(() => document.querySelector(".pager span").textContent === "1–100 of 5,000");
  const whole = Date.now() - began;
  assert.equal(await page.locator("tbody.rows tr, .panel tbody tr:has(a)").count(), 100);

  // The time from an input event to the end of the work that it causes, and the
  // longest task meanwhile.
  const typing = await page.evaluate(async () => {
    const search = document.getElementById("search");
    const times = [];
    for (const text of ["h", "he", "her", "hero", "heron", "heron-4", ""]) {
      const from = performance.now();
      search.value = text;
      search.dispatchEvent(new Event("input"));
      document.body.getBoundingClientRect();
      times.push(performance.now() - from);
      await new Promise((later) => setTimeout(later, 0));
    }
    return Math.max(...times);
  });
  const sorting = await page.evaluate(() => {
    const from = performance.now();
    document.querySelectorAll("th button")[1].click();
    document.body.getBoundingClientRect();
    return performance.now() - from;
  });
  t.diagnostic(`first rows after ${first} ms, all 5,000 after ${whole} ms; slowest key ${typing.toFixed(0)} ms, sorting ${sorting.toFixed(0)} ms`);
  assert.ok(typing < 200 && sorting < 400, "a key or a click takes too long");
});
