// What people do on the pages: add, import, terminate, purge, renew, revoke,
// retire, search; and that the page sends what was chosen.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
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
  await page.waitForSelector("#understood:has-text('2 will work, 2 not understood')");
  await page.click("button:text('Request 2 certificates')");
  await page.waitForURL("**/jobs/*");
  await page.waitForSelector("tbody tr:has-text('b.example.com')");
  assert.deepEqual(JSON.parse(w.fixture.bodies.at(-1)), { hostnames: [{ hostname: "a.example.com" }, { hostname: "b.example.com" }] });
});

test("a hostname that the API refuses is marked on its line, and the others can go", { skip }, async () => {
  const page = await w.page(["operator"]);
  await page.goto("/add");
  await page.fill("#hostnames", "a.example.com\nco.uk\nc.example.com");
  await page.waitForSelector("#understood:has-text('2 will work')");
  await page.click("button:text('Request 3 certificates')");
  await page.waitForSelector(".problem:has-text('Nothing was started')");
  assert.ok(await page.isVisible("tr:has-text('co.uk'):has-text('is a public suffix')"));
  assert.ok(await page.evaluate(() => document.activeElement.classList.contains("problem")));
  await page.click("button:text('Request 2 certificates')");
  await page.waitForURL("**/jobs/*");
});

test("before anything is sent each line says whether it will work, and what will not is left out", { skip }, async () => {
  const page = await w.page(["operator"], { permissions: ["clipboard-read", "clipboard-write"] });
  await page.goto("/add");
  await page.fill("#hostnames", "fine.example.com\nfine-two.example.com\ncaa.example.com\nother.example.com\nportal.fabrikam.example\nshop.alpine.example");
  await page.waitForSelector("button:text('Request the 2 that will work')");
  assert.ok(await page.isVisible("tr:has-text('caa.example.com'):has-text('do not allow this certificate authority')"));
  assert.ok(await page.isVisible("tr:has-text('portal.fabrikam.example'):has-text('Has a certificate until')"));
  assert.ok(await page.isVisible("tr:has-text('shop.alpine.example'):has-text('Is being requested now')"));
  assert.ok(await page.isVisible("text=Room on the gateway: 61"));
  await page.click("button:text('Copy a message to the customer')");
  await page.waitForSelector("#toasts:has-text('The message is in the clipboard.')");
  const message = await page.evaluate(() => navigator.clipboard.readText());
  for (const says of ['caa.example.com.  CAA  0 issue "acme.example"', "other.example.com.  CNAME  gw-prod.westeurope.cloudapp.azure.com"]) assert.ok(message.includes(says), message);
  assert.ok(!message.includes("fine.example.com"));
  await page.check("[aria-label='Send portal.fabrikam.example']");
  await page.click("button:text('Request 3 certificates')");
  await page.waitForURL("**/jobs/*");
  assert.deepEqual(JSON.parse(w.fixture.bodies.at(-1)).hostnames.map(({ hostname }) => hostname), ["fine.example.com", "fine-two.example.com", "portal.fabrikam.example"]);
});

test("what failed of many can be tried again and copied with one press", { skip }, async () => {
  const parent = w.fixture.many(12);
  for (const i of [2, 5]) w.fixture.moveChild(parent, i, "Failed");
  for (const i of [0, 1, 3]) w.fixture.moveChild(parent, i, "Completed");
  const page = await w.page(["operator"], { permissions: ["clipboard-read", "clipboard-write"] });
  await page.goto(`/jobs/${parent.body.instanceId}`);
  await page.waitForSelector("text=3 completed");
  assert.ok(await page.isVisible("text=2 failed"));
  assert.ok(await page.isVisible("text=7 running"));
  assert.match(await page.title(), /5\/12/);
  await page.click("button:text('Copy failed')");
  await page.waitForSelector("#toasts:has-text('2 hostnames copied.')");
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), "cust03.example.com\ncust06.example.com");
  await page.click("button:text('Try the 2 again')");
  await page.waitForURL((url) => !url.pathname.endsWith(parent.body.instanceId));
  assert.deepEqual(JSON.parse(w.fixture.bodies.at(-1)).hostnames.map(({ hostname }) => hostname), ["cust03.example.com", "cust06.example.com"]);
});

test("a hostname whose first certificate failed is on the front page until somebody has dealt with it", { skip }, async () => {
  const page = await w.page(["operator"]);
  await page.goto("/certificates");
  const card = page.locator(".card:has-text('pay.fabrikam.example has no certificate')");
  await card.waitFor();
  assert.match(await page.title(), /^\(\d+\) /);
  assert.equal(await page.getAttribute("link[rel=icon]", "href"), "/favicon-needed.svg");
  await card.getByRole("button", { name: "Put aside" }).click();
  await card.waitFor({ state: "detached" });
  await page.reload();
  await page.waitForSelector("tbody a");
  assert.equal(await card.count(), 0);
  w.fixture.job("f2", "pay.fabrikam.example", { age: 1000 }).advance(1).fail("HostnameNotResolvingToApplicationGateway", "It leads elsewhere.");
  await page.reload();
  await card.getByRole("button", { name: "Try again" }).click();
  await page.waitForURL("**/jobs/*");
  await page.goto("/certificates");
  await page.waitForSelector("tbody a");
  await card.waitFor({ state: "detached" }); // it is being tried again
});

test("one certificate is asked for with all its hostnames and options, and again as it was", { skip }, async () => {
  const page = await w.page(["operator"]);
  const sent = () => JSON.parse(w.fixture.bodies.at(-1));
  await page.goto("/add");
  await page.fill("#hostnames", "fine.example.com *.fine.example.com");
  await page.check("text=One for all of them");
  await page.selectOption("#validation", "http-01");
  await page.click("summary:text('Key and certificate authority')");
  await page.selectOption("#option-keyType", "EC-P384");
  await page.selectOption("#option-issuer", "letsencrypt");
  await page.selectOption("#option-profile", "shortlived");
  await page.fill("#option-preferredChain", " ISRG Root X1");
  await page.click("button:text('Request the certificate of 2 hostnames')");
  await page.waitForURL("**/jobs/*");
  const wanted = { hostnames: [{ hostname: "fine.example.com", validation: "http-01" }, { hostname: "*.fine.example.com" }], options: { keyType: "EC-P384", issuer: "letsencrypt", profile: "shortlived", preferredChain: "ISRG Root X1" } };
  assert.deepEqual(sent(), wanted);
  const id = new URL(page.url()).pathname.split("/").at(-1);
  w.fixture.jobs.get(id).advance(1).fail("DnsRecordNotServed", "A name server does not have it.");
  await page.reload();
  await page.click("button:text('Try again')");
  await page.waitForURL((url) => url.pathname.startsWith("/jobs/") && !url.pathname.endsWith(id));
  assert.deepEqual(sent(), wanted);
});

test("a certificate gets other options, and keeps the rest", { skip }, async () => {
  const page = await w.page(["operator"]);
  const one = w.fixture.certificates.find((c) => c.name === "shop-northwind-example");
  one.options = { keyType: "EC-P256", reuseKey: true };
  await page.goto("/certificates/shop-northwind-example");
  await page.click("button:text-is('Edit')");
  await page.click("dialog summary");
  assert.equal(await page.inputValue("#option-keyType"), "EC-P256");
  assert.equal(await page.isChecked("dialog input[type=checkbox]"), true);
  await page.click("#ask-yes");
  await page.waitForSelector("text=Nothing was changed");
  await page.click("button:text-is('Edit')"); // what was opened is still open
  await page.selectOption("#option-keyType", "EC-P384");
  await page.selectOption("#option-issuer", "letsencrypt");
  await page.fill("#option-preferredChain", "ISRG Root X2");
  await page.click("#ask-yes");
  await page.waitForURL("**/jobs/*");
  assert.deepEqual(JSON.parse(w.fixture.bodies.at(-1)), { hostnames: one.hostnames.map((hostname) => ({ hostname })), options: { keyType: "EC-P384", reuseKey: true, issuer: "letsencrypt", preferredChain: "ISRG Root X2" } });
});

test("a certificate gets other hostnames, and keeps how the others are proved", { skip }, async () => {
  const page = await w.page(["operator"]);
  const one = w.fixture.certificates.find((c) => c.name === "www-contoso-museum-example");
  one.hostnames = ["www.contoso-museum.example", "old.contoso-museum.example"];
  one.validation = { "www.contoso-museum.example": { method: "dns-01", dnsAccount: "azure" } };
  await page.goto("/certificates/www-contoso-museum-example");
  await page.click("button:text-is('Edit')");
  await page.fill("#names", "www.contoso-museum.example\n*.contoso-museum.example");
  await page.click("dialog button:text('Save')");
  await page.waitForSelector("dialog:has-text('Take old.contoso-museum.example out?')");
  await page.click("dialog button:text('Take out')");
  await page.waitForURL("**/jobs/*");
  assert.deepEqual(JSON.parse(w.fixture.bodies.at(-1)), { hostnames: [{ hostname: "www.contoso-museum.example", validation: "dns-01", dnsAccount: "azure" }, { hostname: "*.contoso-museum.example" }], removeHostnames: true });
});

test("a message of DNS is green only if CAA and port 80 are", { skip }, async () => {
  const page = await w.page(["operator"]);
  for (const [name, verdict, button] of [["fine", "is ready for a certificate", true], ["caa", "is not ready", false], ["port80", "is not ready", false], ["servfail", "DNS gives no answer", false], ["other", "is not ready", false]]) {
    await page.goto(`/dns?hostname=${name}.example.com`);
    await page.waitForURL(`**/hostnames/${name}.example.com`);
    await page.waitForSelector(`.verdict:has-text('${verdict}')`);
    assert.equal(await page.isVisible("button:text('Request its certificate')"), button, name);
    if (name === "servfail") assert.equal(await page.locator(".records").count(), 0, "no record mends broken name servers");
    if (name === "caa") assert.ok(await page.isVisible(".records:has-text('0 issue')"));
  }
});

test("a file is taken by drag and drop, and its certificate tells the hostname", { skip }, async () => {
  const page = await w.page(["operator"]);
  await page.goto("/import");
  const certificate = readFileSync(new URL("../fixture/shop.example.com.pem", import.meta.url), "utf8");
  const files = await page.evaluateHandle((text) => { const data = new DataTransfer(); data.items.add(new File([text], "shop.pem")); return data; }, certificate);
  await page.dispatchEvent(".drop", "drop", { dataTransfer: files });
  await page.waitForSelector("text=For shop.example.com, www.shop.example.com, valid until");
  assert.equal(await page.inputValue("#hostname"), "shop.example.com");
  await page.click("button:text('Import')");
  await page.waitForSelector("h2:text('This was not accepted')");
  assert.equal(await page.getAttribute("#key", "aria-invalid"), "true");
  assert.equal(await page.evaluate(() => document.activeElement.id), "key");
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
    if (kept !== key) await page.fill("#certificate", certificate);
    await page.fill("#password", "hunter2");
    await page.click("button:text('Import')");
    await page.waitForSelector(kept === key ? ".steps li" : ".problem");
    const left = await page.evaluate(() => document.documentElement.outerHTML + [...document.querySelectorAll("input, textarea")].map((field) => field.value).join() + JSON.stringify({ ...localStorage, ...sessionStorage }));
    for (const secret of ["c2VjcmV0", "not a key", "hunter2"]) assert.ok(!left.includes(secret), secret);
    assert.ok(w.fixture.bodies.at(-1).includes(kept.split("\n")[0]));
  }
});

test("stop and remove ask first, and then do it", { skip }, async () => {
  const page = await w.page(["admin"]);
  await page.goto("/jobs");
  await page.click("tr:has-text('api.northwind.example') .menu summary");
  await page.click("tr:has-text('api.northwind.example') button:text('Stop')");
  await page.fill("#reason", "Not needed");
  await page.click("#ask-yes");
  await page.waitForSelector("tr:has-text('api.northwind.example'):has-text('Not needed')");
  assert.ok(w.fixture.calls.includes("POST /api/instances/r2/terminate?reason=Not%20needed"));
  await page.click("tr:has-text('beta.fabrikam.example') .menu summary");
  await page.click("tr:has-text('beta.fabrikam.example') button:text('Remove from list')");
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
    ["/jobs/d1", "See the certificate", "/certificates/www-contoso-museum-example"],
    ["/jobs/f1", "What DNS says for pay.fabrikam.example", "/hostnames/pay.fabrikam.example"],
  ]) {
    await page.goto(address);
    await page.click(`main a:text('${link}')`);
    await page.waitForURL(`**${leads}`);
    const field = page.locator("#hostnames, #hostname");
    if (leads.includes("hostname=")) assert.equal(await field.inputValue(), leads.split("=")[1]);
  }
});

test("a week of the picture, and how soon it ends, choose what the table shows", { skip }, async () => {
  const page = await w.page(["reader"]);
  await page.goto("/certificates");
  await page.click(".week:not(:disabled) >> nth=0");
  await page.waitForFunction(() => document.querySelectorAll("main .certificates tbody tr").length === 1);
  assert.ok(await page.isVisible("tbody a:text('checkout.alpine-shop.example')"));
  assert.match(page.url(), /week=past/);
  await page.click(".chip");
  await page.selectOption("#days", "7");
  await page.waitForFunction(() => document.querySelectorAll("main .certificates tbody tr").length === 2);
  const [file] = await Promise.all([page.waitForEvent("download"), page.click("button:text('Export CSV')")]);
  assert.match(file.suggestedFilename(), /^certificates-.*\.csv$/);
});

test("what a version does not have is said calmly, on every page", { skip }, async () => {
  for (const [address, prefix] of [["/certificates", "certificates"], ["/certificates/x", "certificates"], ["/check", "preflight"], ["/hostnames/a.example.com", "hostnames"], ["/jobs", "instances"]]) {
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
  await page.waitForFunction(() => document.querySelectorAll("main .certificates tbody th a").length === 1);
  await page.click(".certificates tbody th a");
  await page.waitForSelector("h2:text('Facts')");
  assert.match(await page.title(), /certgate/);
  await page.goBack();
  await page.waitForFunction(() => document.querySelectorAll("main .certificates tbody th a").length === 1);
  assert.equal(await page.inputValue("#search"), "museum");
  assert.match(page.url(), /q=museum&state=problems/);
});
