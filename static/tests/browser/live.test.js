// What moves: running jobs, connections that come and go, and what a person does.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { World, missing, quiet } from "./harness.js";
import { fill } from "./scenes.js";

const skip = missing();
let world;
before(async () => { if (!skip) world = await World.start(); });
after(() => world?.stop());
beforeEach(() => { if (!skip) fill(world.fixture); });

const status = (page) => page.textContent("#status");

test("a step that is done shows within two seconds, on the job and in the list", { skip }, async () => {
  const job = world.fixture.jobs.get("r1");
  for (const [address, shows] of [["/jobs/r1", "li.is-current:has-text('Create the certificate')"], ["/jobs", "tr:has-text('shop.alpine.example'):has-text('Remove the validation file')"]]) {
    const page = await world.page(["reader"]);
    await page.goto(address);
    await page.waitForSelector("text=shop.alpine.example");
    await page.waitForSelector("#freshness[data-state=live]");
    job.advance();
    await page.waitForSelector(shows, { timeout: 2_000 });
    await page.context().close();
  }
});

test("nothing jumps and nothing loses the focus while a job moves", { skip }, async () => {
  const page = await world.page(["admin"]);
  await page.goto("/jobs");
  await page.waitForSelector("tbody tr:nth-child(5)");
  await page.focus("a:text('api.northwind.example')");
  await page.evaluate(() => {
    globalThis.shift = 0;
    new PerformanceObserver((list) => { for (const entry of list.getEntries()) globalThis.shift += entry.value; }).observe({ type: "layout-shift" });
  });
  const job = world.fixture.jobs.get("r1");
  for (const step of ["Create the certificate", "Remove the validation file", "Configure the gateway"]) {
    job.advance();
    await page.waitForSelector(`tr:has-text('shop.alpine.example'):has-text('${step}')`);
  }
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "api.northwind.example");
  assert.ok(await page.evaluate(() => globalThis.shift) < 0.1);
});

test("the end of a job is said once, and then the page asks no more", { skip }, async () => {
  for (const id of ["r2"]) world.fixture.jobs.delete(id);
  const page = await world.page(["reader"]);
  await page.goto("/certificates");
  await page.waitForSelector("tbody a");
  const heard = [];
  await page.exposeFunction("hear", (text) => heard.push(text));
  await page.evaluate(() => new MutationObserver(() => globalThis.hear(document.getElementById("status").textContent)).observe(document.getElementById("status"), { childList: true, characterData: true, subtree: true }));
  world.fixture.jobs.get("r1").advance(5);
  await page.waitForFunction(() => document.getElementById("status").textContent === "shop.alpine.example: completed.");
  await page.waitForSelector("#freshness[data-state=idle]");
  await quiet(world.fixture); // an idle page asks nothing
  assert.deepEqual(heard, ["shop.alpine.example: completed."]);
});

test("without a connection the page says so, keeps what it shows, and goes on by itself", { skip }, async () => {
  const page = await world.page(["reader"]);
  await page.goto("/jobs");
  await page.waitForSelector("tbody a");
  await page.context().setOffline(true);
  await page.waitForSelector("#freshness[data-state=offline]", { timeout: 10_000 });
  assert.ok(await page.isVisible("a:text('shop.alpine.example')"));
  world.fixture.jobs.get("r1").advance();
  await page.context().setOffline(false);
  await page.waitForSelector("tr:has-text('shop.alpine.example'):has-text('Create the certificate')", { timeout: 5_000 });
  await page.waitForSelector("#freshness[data-state=live]");
});

test("a pasted list is sent without what was wrong, and leads to its job", { skip }, async () => {
  const page = await world.page(["operator"]);
  await page.goto("/add");
  await page.fill("#hostnames", "https://a.example.com/\nlocalhost\nb.example.com b.example.com");
  assert.match(await page.textContent("#understood"), /2 hostnames understood, 2 with a problem/);
  await page.click("button:text('Request 2 certificates')");
  await page.waitForURL("**/jobs/*");
  await page.waitForSelector("tbody tr:has-text('b.example.com')");
  assert.deepEqual(JSON.parse(world.fixture.bodies.at(-1)), { hostnames: [{ hostname: "a.example.com" }, { hostname: "b.example.com" }] });
});

test("a hostname that the API refuses is marked on its line, and the others can go", { skip }, async () => {
  const page = await world.page(["operator"]);
  await page.goto("/add");
  await page.fill("#hostnames", "a.example.com\n*.b.example.com\nc.example.com");
  await page.click("button:text('Request 3 certificates')");
  await page.waitForSelector(".problem");
  assert.ok(await page.isVisible("tr:has-text('*.b.example.com'):has-text('Left out')"));
  assert.ok(await page.evaluate(() => document.activeElement.classList.contains("problem")));
  await page.click("button:text('Request 2 certificates')");
  await page.waitForURL("**/jobs/*");
});

test("the key is gone from the page once it is sent, whatever the answer", { skip }, async () => {
  const key = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nc2VjcmV0LWtleQ==\n-----END ENCRYPTED PRIVATE KEY-----";
  const certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----";
  for (const [hostname, kept] of [["shop.example.com", key], ["bad.example.com", "not a key"]]) {
    const page = await world.page(["operator"]);
    await page.goto("/import");
    await page.fill("#hostname", hostname);
    await page.setInputFiles("[aria-label='Certificate file']", { name: "all.pem", mimeType: "application/x-pem-file", buffer: Buffer.from(kept === key ? `${certificate}\n${key}` : certificate) });
    await page.waitForFunction(() => document.getElementById("certificate").value);
    if (kept === key) assert.equal(await page.inputValue("#key"), key, "one file with both is split");
    else await page.fill("#key", kept);
    await page.fill("#password", "hunter2");
    await page.click("button:text('Import')");
    await page.waitForSelector(kept === key ? ".steps li" : ".problem");
    const left = await page.evaluate(() => document.documentElement.outerHTML + [...document.querySelectorAll("input, textarea")].map((field) => field.value).join() + JSON.stringify({ ...localStorage, ...sessionStorage }));
    for (const secret of ["c2VjcmV0", "not a key", "hunter2"]) assert.ok(!left.includes(secret), secret);
    assert.ok(world.fixture.bodies.at(-1).includes(kept.split("\n")[0]));
    await page.context().close();
  }
});

test("terminate and purge ask first, and then do it", { skip }, async () => {
  const page = await world.page(["admin"]);
  await page.goto("/jobs");
  await page.click("tr:has-text('api.northwind.example') button");
  await page.fill("#reason", "Not needed");
  await page.click("#ask-yes");
  await page.waitForSelector("tr:has-text('api.northwind.example'):has-text('Not needed')");
  assert.ok(world.fixture.calls.includes("POST /api/instances/r2/terminate?reason=Not%20needed"));
  await page.click("tr:has-text('beta.fabrikam.example') button");
  await page.click("#ask-yes");
  await page.waitForSelector("tr:has-text('beta.fabrikam.example')", { state: "detached" });
  assert.equal(await status(page), "The record is removed.");
});

test("a certificate can be renewed, revoked and retired, each with what was chosen", { skip }, async () => {
  for (const [button, fill, call] of [
    ["Renew now", null, "POST /api/certificates/portal-fabrikam-example/renew"],
    ["Revoke", (page) => page.selectOption("#reason", "keyCompromise"), "POST /api/certificates/portal-fabrikam-example/revoke"],
    ["Retire", (page) => page.check("[name=revoke]"), "DELETE /api/certificates/portal-fabrikam-example?revoke=true"],
  ]) {
    const page = await world.page(["admin"]);
    await page.goto("/certificates/portal-fabrikam-example");
    await page.click(`.head button:text('${button}')`);
    if (fill) {
      await fill(page);
      await page.click("#ask-yes");
    }
    await page.waitForURL("**/jobs/*");
    assert.ok(world.fixture.calls.includes(call), call);
    if (button === "Revoke") assert.equal(world.fixture.bodies.at(-1), '{"reason":"keyCompromise"}');
    await page.context().close();
  }
});

test("what a version does not have is said calmly, on every page", { skip }, async () => {
  for (const [address, prefix] of [["/certificates", "certificates"], ["/certificates/x", "certificates"], ["/check", "preflight"], ["/dns?hostname=a.example.com", "preflight"], ["/jobs", "instances"]]) {
    world.fixture.missing = [prefix];
    const page = await world.page(["admin"]);
    await page.goto(address);
    await page.waitForSelector(".problem.mild:has-text('Not available in this version')");
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  }
});

test("the address keeps what was searched, and going back works", { skip }, async () => {
  const page = await world.page(["reader"]);
  await page.goto("/certificates");
  await page.fill("#search", "museum");
  await page.click("text=Problems");
  await page.waitForFunction(() => document.querySelectorAll("tbody a").length === 1);
  await page.click("tbody a");
  await page.waitForSelector("h2:text('Facts')");
  assert.match(await page.title(), /certgate/);
  await page.goBack();
  await page.waitForFunction(() => document.querySelectorAll("main tbody a").length === 1);
  assert.equal(await page.inputValue("#search"), "museum");
  assert.match(page.url(), /q=museum&state=problems/);
});
