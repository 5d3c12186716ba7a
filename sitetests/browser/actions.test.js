// What people do on the pages: add, import, terminate, purge, renew, revoke,
// retire, search; and that the page sends what was chosen.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { world } from "./harness.js";
import { fill } from "./scenes.js";

const w = world();
const { skip } = w;
beforeEach(() => { if (!skip) fill(w.fixture); });

test("a pasted list is sent without what was wrong, and leads to its job", { skip }, async () => {
  const page = await w.page(["operator"]);
  await page.goto("/add");
  await page.fill("#hostnames", "https://a.example.com/\nlocalhost\nb.example.com b.example.com");
  assert.match(await page.textContent("#understood"), /2 hostnames understood, 2 with a problem/);
  await page.click("button:text('Request 2 certificates')");
  await page.waitForURL("**/jobs/*");
  await page.waitForSelector("tbody tr:has-text('b.example.com')");
  assert.deepEqual(JSON.parse(w.fixture.bodies.at(-1)), { hostnames: [{ hostname: "a.example.com" }, { hostname: "b.example.com" }] });
});

test("a hostname that the API refuses is marked on its line, and the others can go", { skip }, async () => {
  const page = await w.page(["operator"]);
  await page.goto("/add");
  await page.fill("#hostnames", "a.example.com\nco.uk\nc.example.com");
  await page.click("button:text('Request 3 certificates')");
  await page.waitForSelector(".problem:has-text('Nothing was started')");
  assert.ok(await page.isVisible("tr:has-text('co.uk'):has-text('Left out')"));
  assert.ok(await page.evaluate(() => document.activeElement.classList.contains("problem")));
  await page.click("button:text('Request 2 certificates')");
  await page.waitForURL("**/jobs/*");
});

test("the key is gone from the page once it is sent, whatever the answer", { skip }, async () => {
  const key = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nc2VjcmV0LWtleQ==\n-----END ENCRYPTED PRIVATE KEY-----";
  const certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----";
  for (const [hostname, kept] of [["shop.example.com", key], ["bad.example.com", "not a key"]]) {
    const page = await w.page(["operator"]);
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
    assert.ok(w.fixture.bodies.at(-1).includes(kept.split("\n")[0]));
  }
});

test("terminate and purge ask first, and then do it", { skip }, async () => {
  const page = await w.page(["admin"]);
  await page.goto("/jobs");
  await page.click("tr:has-text('api.northwind.example') button");
  await page.fill("#reason", "Not needed");
  await page.click("#ask-yes");
  await page.waitForSelector("tr:has-text('api.northwind.example'):has-text('Not needed')");
  assert.ok(w.fixture.calls.includes("POST /api/instances/r2/terminate?reason=Not%20needed"));
  await page.click("tr:has-text('beta.fabrikam.example') button");
  await page.click("#ask-yes");
  await page.waitForSelector("tr:has-text('beta.fabrikam.example')", { state: "detached" });
  await page.waitForSelector("#status:text('The record is removed.')", { state: "attached" });
});

for (const [button, fillIn, call] of [
  ["Renew now", null, "POST /api/certificates/portal-fabrikam-example/renew"],
  ["Revoke", (page) => page.selectOption("#reason", "keyCompromise"), "POST /api/certificates/portal-fabrikam-example/revoke"],
  ["Retire", (page) => page.check("[name=revoke]"), "DELETE /api/certificates/portal-fabrikam-example?revoke=true"],
]) {
  test(`a certificate's page does what was chosen: ${button}`, { skip }, async () => {
    const page = await w.page(["admin"]);
    await page.goto("/certificates/portal-fabrikam-example");
    await page.click(`.head button:text('${button}')`);
    if (fillIn) {
      await fillIn(page);
      await page.click("#ask-yes");
    }
    await page.waitForURL("**/jobs/*");
    assert.ok(w.fixture.calls.includes(call), call);
    if (button === "Revoke") assert.equal(w.fixture.bodies.at(-1), '{"reason":"keyCompromise"}');
  });
}

test("what a person should do next is one click away", { skip }, async () => {
  const page = await w.page(["operator"]);
  for (const [address, link, leads] of [
    ["/certificates/old-campaign-example", "Request it again", "/add?hostname=old-campaign.example"],
    ["/certificates/legacy-tailspin-example", "Import a newer one", "/import?hostname=legacy.tailspin.example"],
    ["/dns?hostname=fine.example.com", "Add its certificate", "/add?hostname=fine.example.com"],
    ["/jobs/d1", "See the certificate", "/certificates/www-contoso-museum-example"],
    ["/jobs/f1", "What DNS says for pay.fabrikam.example", "/dns?hostname=pay.fabrikam.example"],
  ]) {
    await page.goto(address);
    await page.click(`main a:text('${link}')`);
    await page.waitForURL(`**${leads}`);
    const field = page.locator("#hostnames, #hostname");
    if (leads.includes("hostname=")) assert.equal(await field.inputValue(), leads.split("=")[1]);
  }
  await page.goto("/certificates");
  await page.click("button:text('Show them')");
  await page.waitForFunction(() => document.querySelectorAll("main tbody th a").length === 3);
  assert.ok(await page.isChecked("[name=state][value=problems]"));
});

test("what a version does not have is said calmly, on every page", { skip }, async () => {
  for (const [address, prefix] of [["/certificates", "certificates"], ["/certificates/x", "certificates"], ["/check", "preflight"], ["/dns?hostname=a.example.com", "preflight"], ["/jobs", "instances"]]) {
    w.fixture.missing = [prefix];
    const page = await w.page(["admin"]);
    await page.goto(address);
    await page.waitForSelector(".problem.mild:has-text('Not available in this version')");
  }
});

test("the address keeps what was searched, and going back works", { skip }, async () => {
  const page = await w.page(["reader"]);
  await page.goto("/certificates");
  await page.waitForSelector("tbody a");
  await page.fill("#search", "museum");
  await page.click("text=Problems");
  await page.waitForFunction(() => document.querySelectorAll("main tbody th a").length === 1);
  await page.click("main tbody th a");
  await page.waitForSelector("h2:text('Facts')");
  assert.match(await page.title(), /certgate/);
  await page.goBack();
  await page.waitForFunction(() => document.querySelectorAll("main tbody th a").length === 1);
  assert.equal(await page.inputValue("#search"), "museum");
  assert.match(page.url(), /q=museum&state=problems/);
});
