// How heavy the pages are, and how they do with thousands of certificates.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { match } from "../../static/router.js";
import { root, world } from "./harness.js";
import { fill } from "./scenes.js";
import { certificates } from "../fixture/data.js";
import { listeners } from "../fixture/listeners.js";

const w = world();
const { skip } = w;
const most = 120_000; // bytes of one page before compression, API answers apart

// own are the files that a page needs: the frame's and its own, with all that these
// import. What comes later is counted apart: the picture after the first rows, the other
// pages' code when nothing else is to be done.
function own(page) {
  const found = new Set();
  const follow = (name) => {
    if (found.has(name)) return;
    found.add(name);
    for (const [, to] of readFileSync(path.join(root, "static", name), "utf8").matchAll(/^(?:import|export) [^;]*? from "(\.[^"]+)";/gm)) follow(path.posix.join(path.posix.dirname(name), to));
  };
  ["app.js", `pages/${page}.js`, ...(page === "job" ? ["pages/job-steps.js"] : [])].forEach(follow);
  return found;
}

// Which pages need a part of the style; the others get it later all the same.
const styled = {
  "front.css": ["certificates", "listeners"], "listeners.css": ["listeners"], "jobs.css": ["jobs"], "timeline.css": [],
  "detail.css": ["certificate", "job", "jobs", "add", "import", "check", "hostname", "listener", "issuers", "take-over"], "form.css": ["listeners", "add", "import", "check", "hostname", "listener", "issuers", "take-over"],
};

test("no page weighs more than 120 kB, and all of it comes from the site", { skip }, async (t) => {
  fill(w.fixture);
  w.fixture.listeners = listeners(60);
  for (const address of ["/certificates", "/certificates/portal-fabrikam-example", "/listeners", "/listeners/api-wingtip-example", "/take-over", "/add", "/import", "/jobs", "/jobs/f1", "/check", "/issuers", "/hostnames/a.example.com"]) {
    const page = await w.page(["admin"]);
    const parts = [];
    page.on("response", (response) => parts.push(response));
    await page.goto(address);
    await page.waitForFunction(() => !["", "loading"].includes(document.getElementById("freshness").dataset.state ?? ""));
    await page.waitForFunction(() => !document.body.textContent.includes("Loading …"));
    await page.waitForLoadState("networkidle");
    for (const response of parts) assert.equal(new URL(response.url()).origin, w.url);
    const shown = match(new URL(address, w.url).pathname).page;
    const needed = own(shown);
    const name = (response) => new URL(response.url()).pathname.slice(1);
    const files = parts.filter((response) => !/^(api|\.auth)\//.test(name(response)));
    const first = files.filter((response) => (name(response).endsWith(".js") ? needed.has(name(response)) : (styled[name(response)] ?? [shown]).includes(shown)));
    const weigh = async (list) => (await Promise.all(list.map(async (response) => (await response.body()).length))).reduce((a, b) => a + b, 0);
    const [bytes, all] = [await weigh(first), await weigh(files)];
    t.diagnostic(`${address}: ${(bytes / 1000).toFixed(1)} kB in ${first.length} files; with the other pages, later, ${(all / 1000).toFixed(1)} kB`);
    assert.ok(bytes <= most, `${address} weighs ${bytes} bytes`);
    await page.context().close();
  }
});

test("the frame shows without any script", { skip }, async () => {
  const page = await w.page(["reader"], { javaScriptEnabled: false });
  await page.goto("/jobs");
  assert.ok(await page.isVisible("nav >> text=Certificates"));
  assert.ok(await page.isVisible("main h1"));
});

test("5,000 certificates come a hundred to a page; what an event costs is printed", { skip }, async (t) => {
  fill(w.fixture);
  w.fixture.jobs.clear();
  w.fixture.certificates = certificates(5_000);
  const page = await w.page(["reader"]);
  const began = Date.now();
  await page.goto("/certificates");
  await page.waitForSelector("tbody a");
  const first = Date.now() - began;
  await page.waitForFunction(() => document.querySelector(".pager span").textContent === "1–100 of 5,000");
  const whole = Date.now() - began;
  assert.equal(await page.locator(".certificates tbody tr").count(), 100);

  // What an event costs, layout and painting included, in time of the page's own
  // thread: how much of it the machine gives to others does not count.
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("Performance.enable", { timeDomain: "threadTicks" });
  const spent = async () => (await cdp.send("Performance.getMetrics")).metrics.find((metric) => metric.name === "TaskDuration").value * 1000;
  const cost = async (times, act) => {
    const before = await spent();
    await page.evaluate(act);
    return (await spent() - before) / times;
  };
  const typing = await cost(6, async () => {
    const search = document.getElementById("search");
    for (const text of ["h", "he", "her", "hero", "heron-4", ""]) {
      search.value = text;
      search.dispatchEvent(new Event("input"));
      await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    }
  });
  const sorting = await cost(4, async () => {
    for (let i = 0; i < 4; i++) {
      document.querySelectorAll("th button")[1 + i % 2].click();
      await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    }
  });
  t.diagnostic(`first rows after ${first} ms, all 5,000 after ${whole} ms; a key costs ${typing.toFixed(0)} ms, sorting ${sorting.toFixed(0)} ms`);
});

test("a night in which a thousand jobs end costs an open tab at most a megabyte a minute", { skip }, async (t) => {
  fill(w.fixture);
  w.fixture.jobs.clear();
  w.fixture.certificates = certificates(5_000);
  const jobs = Array.from({ length: 200 }, (_, i) => w.fixture.job(`n${i}`, w.fixture.certificates[i].hostnames[0], { name: "RenewCertificateFunctions" }));
  const page = await w.page(["reader"]);
  await page.goto("/certificates");
  await page.waitForFunction(() => document.querySelector(".pager span")?.textContent === "1–100 of 5,000");
  let bytes = 0;
  page.on("response", async (response) => { if (/\/api\//.test(response.url()) && response.status() === 200) bytes += (await response.body().catch(() => "")).length; });
  const began = Date.now();
  for (let end = began + 60_000, i = 0; Date.now() < end; i += 2) {
    for (const job of jobs.slice(i, i + 2)) job.advance(11, 0.1);
    await new Promise((done) => setTimeout(done, 1_000));
  }
  const perMinute = bytes / ((Date.now() - began) / 60_000);
  t.diagnostic(`${(perMinute / 1000).toFixed(0)} kB a minute, with 120 jobs that ended in it`);
  assert.ok(perMinute < 1_000_000, `${perMinute} bytes`);
});

// What a call costs in reads of the storage: health looks at tables, queues and blobs. The
// question for running jobs is answered from memory but 40 times an hour, however often it
// is put (internal/statuscache).
const reads = { certificates: 1, health: 3, listeners: 1, "instances?runtimeStatus=Failed": 1 };
const readsForRunning = 40;

test("a quiet hour of the front page costs the storage sixty reads at most", { skip }, async (t) => {
  fill(w.fixture);
  w.fixture.jobs.clear();
  const page = await w.page(["reader"]);
  await page.clock.install();
  await page.goto("/certificates");
  await page.waitForSelector("tbody a");
  await page.waitForSelector("#freshness[data-state=idle]");
  const before = w.fixture.calls.length;
  for (let i = 0; i < 180; i++) {
    await page.clock.runFor(20_000);
    await page.evaluate(() => fetch("/favicon.svg").then((reply) => reply.text())); // what was asked before it is answered
  }
  const calls = w.fixture.calls.slice(before).map((call) => call.replace("GET /api/", ""));
  const cost = calls.reduce((sum, call) => sum + (Object.entries(reads).find(([start]) => call.startsWith(start))?.[1] ?? 0), readsForRunning);
  t.diagnostic(`${calls.length} calls of the API in an hour, ${cost} reads of the storage`);
  assert.ok(calls.filter((call) => call.includes("Pending,Running")).length > 100, "the hour has passed for the page");
  assert.ok(cost <= 60, `${cost} reads: ${calls.filter((call) => !call.includes("Pending,Running"))}`);
});
