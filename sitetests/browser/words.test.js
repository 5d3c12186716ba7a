// What the pages say: the truth, once, in people's words, and nothing that does not help.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { certificates, fine, silent } from "../fixture/data.js";
import { listeners } from "../fixture/listeners.js";
import { world } from "./harness.js";
import { fill } from "./scenes.js";

const w = world();
const { skip } = w;
beforeEach(() => { if (!skip) { fill(w.fixture); w.fixture.calls = []; } });

test("the set-up check is green for a faultless set-up, amber for silence, red for a fault, and folds what is fine", { skip }, async () => {
  const page = await w.page(["operator"]), all = fine.checks.length;
  const look = async (report, ready) => {
    w.fixture.preflight = report;
    await page.goto("/check");
    await page.waitForSelector(ready);
    return { open: await page.locator("details.group[open] > summary strong").allTextContents(), way: await page.isVisible("main a:text('Add a certificate')") };
  };
  assert.deepEqual(await look(fine, `.summary .is-ok:has-text('Fine: ${all - 1} of ${all}; one shows with the first certificate')`), { open: [], way: true });
  assert.deepEqual(await page.locator("details.group > summary strong").allTextContents(), ["Gateway", "Challenge", "Key Vault", "Authority", "Engine"].sort((a, b) => Number(b === "Gateway") - Number(a === "Gateway")));
  await page.click("details.group:has-text('Gateway') summary");
  const later = page.locator("li:has-text('The gateway reads certificates from the vault')");
  assert.ok(!(await later.innerText()).includes("What to do"), "there is nothing to do about what cannot be known yet");
  assert.deepEqual(await look(silent, `.summary .is-waiting:has-text('3 of ${all} without an answer')`), { open: ["Authority"], way: false });
  assert.match(await page.innerText("li:has-text('Certificate profile')"), /First: The certificate authority answers/);
  assert.ok(!/certificateAuthority|See the check/.test(await page.innerText("main")));
  assert.equal((await look({ checks: fine.checks.map((c) => (c.check === "gatewayRead" ? { ...c, state: "mend", ok: false, fix: "Give it the role." } : c)) }, `.summary .is-failed:has-text('1 of ${all} to mend')`)).way, false);
});

test("a failure says once what happened and what to do, and folds the steps that were not reached", { skip }, async () => {
  const page = await w.page(["operator"]);
  await page.goto("/jobs/f1");
  await page.waitForSelector(".problem .todo");
  const text = await page.innerText("main");
  assert.equal(text.split("Timeout during connect").length, 2, "the authority's words stand there once");
  assert.match(text, /4 more steps were not reached/);
  for (const speech of ["Step", "aad:", "instance", "HostnameOwnershipNotVerified"]) assert.ok(!text.replace("Steps", "").replace("more steps", "").includes(speech), speech);
  await page.locator(".problem summary").click();
  assert.ok(await page.isVisible("text=HostnameOwnershipNotVerified"), "for whoever helps");
});

test("what is gone offers no second try, but a way on", { skip }, async () => {
  const page = await w.page(["admin"]);
  for (const [address, way] of [["/jobs/none", "All jobs"], ["/certificates/none", "All certificates"]]) {
    await page.goto(address);
    await page.waitForSelector(`.problem a:text('${way}')`);
    assert.equal(await page.locator(".problem button:text('Try again')").count(), 0);
    assert.ok(!(await page.innerText(".problem")).includes("instance"), address);
  }
});

test("a revoked certificate says so first, and cannot be revoked again", { skip }, async () => {
  w.fixture.certificates = w.fixture.certificates.map((c) => (c.name === "booking-harbour-hotel-example" ? { ...c, revoked: true } : c));
  const page = await w.page(["admin"]);
  await page.goto("/certificates/booking-harbour-hotel-example");
  await page.waitForSelector(".head .word:text-is('Revoked')");
  assert.deepEqual(await page.locator(".head button").allTextContents(), ["Renew now", "Retire"]);
});

test("a certificate's page says who else serves it, and how far a delivery is", { skip }, async () => {
  const page = await w.page(["reader"]);
  await page.goto("/certificates/www-contoso-museum-example");
  const row = (name) => page.locator(`section:has(h2:text('Also served by')) tbody tr:has(th:has-text('${name}'))`);
  assert.match(await row("aks").innerText(), /Kubernetes[\s\S]*Served[\s\S]*began/);
  assert.match(await row("front").innerText(), /Azure Front Door[\s\S]*Older one served[\s\S]*still serves an older certificate[\s\S]*under way since .* at most/);
  assert.match(await row("mail").innerText(), /Server[\s\S]*Nothing served[\s\S]*none yet/);
  assert.equal(await row("aks").locator("a[download]").getAttribute("href"), "/api/certificates/www-contoso-museum-example/documents?target=aks");
  assert.equal(await row("mail").locator("a").count(), 0);
});

test("a hostname's page opens the site, copies the thumbprint and leads into the Azure portal", { skip }, async () => {
  const page = await w.page(["reader"]);
  await page.goto("/hostnames/shop.northwind.example");
  await page.waitForSelector(".verdict.is-ok");
  assert.equal(await page.getAttribute(".verdict a:text('Open the site')", "href"), "https://shop.northwind.example/");
  assert.match(await page.getAttribute("dd a:text('Certificate')", "href"), /^https:\/\/portal\.azure\.com\/.*shop-northwind-example$/);
  assert.match(await page.getAttribute("dd a:text('gateway')", "href"), /^https:\/\/portal\.azure\.com\//);
  assert.ok(await page.isVisible("button:has-text('Copy the thumbprint')"));
});

test("more than a request takes is said before it is sent", { skip }, async () => {
  const page = await w.page(["operator"]);
  await page.goto("/add");
  // Between blanks: Chromium types line by line, and takes its time for a thousand.
  await page.fill("#hostnames", Array.from({ length: 1001 }, (_, i) => `fine-${i}.example.com`).join(" "));
  await page.waitForSelector("#understood:has-text('One request takes 1,000 hostnames; these are 1,001. Send them in parts.')");
  assert.ok(await page.isDisabled("form button[type=submit]"));
});

test("the jobs of one request are folded under it, and a search finds one among older ones", { skip }, async () => {
  for (let i = 0; i < 120; i++) w.fixture.job(`old${i}`, `old${i}.example.com`, { age: 86_400_000 + i * 1000 }).advance(11, 0.1);
  const parent = w.fixture.many(42);
  const page = await w.page(["reader"]);
  await page.goto("/jobs");
  await page.click(`tr:has-text('42 hostnames') button:has-text('show 42 jobs')`);
  assert.equal(await page.locator("tr.inside").count(), 42);
  for (let i = 0; i < 3; i++) w.fixture.moveChild(parent, i, "Failed");
  await page.waitForSelector("tr:has-text('42 hostnames'):has-text('0 completed, 3 failed, 39 running.')"); // whatever the request itself last wrote
  await page.click("button:text-is('hide 42 jobs')");
  assert.equal(await page.locator("tr.inside").count(), 0);
  for (let i = 3; i < 42; i++) w.fixture.moveChild(parent, i, "Completed");
  await page.waitForSelector("tr:has-text('42 hostnames'):has-text('3 of 42 certificates were not issued.')");
  assert.ok(!(await page.innerText("tr:has-text('42 hostnames')")).includes("instance"));
  await page.fill("#search", "old117");
  await page.waitForSelector("tr:has-text('old117.example.com')");
  assert.match(page.url(), /q=old117/);
});

test("on paper are all rows, in black on white, with the date", { skip }, async () => {
  w.fixture.certificates = certificates(150);
  const page = await w.page(["reader"], { colorScheme: "dark" });
  await page.goto("/certificates");
  await page.waitForSelector(".pager button");
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  await page.evaluate(() => window.dispatchEvent(new Event("beforeprint")));
  assert.equal(await page.locator(".certificates tbody tr").count(), 150);
  assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), "rgb(255, 255, 255)");
  assert.ok(await page.isVisible("text=Printed on"));
  assert.ok(!await page.isVisible("header"));
  await page.evaluate(() => window.dispatchEvent(new Event("afterprint")));
  assert.equal(await page.locator(".certificates tbody tr").count(), 100);
});

test("a PFX is a line with its name, asks for its password, and a wrong one leaves no riddle", { skip }, async () => {
  const page = await w.page(["operator"]);
  await page.goto("/import");
  await page.setInputFiles("[aria-label='Certificate file']", { name: "b.pfx", mimeType: "application/x-pkcs12", buffer: Buffer.from([0x30, 0x82, 0, 0xff, ...Array(4096).fill(7)]) });
  await page.waitForSelector(".picked:has-text('b.pfx, 4.1 kB, PFX: give its password below')");
  await page.waitForFunction(() => document.activeElement.id === "password");
  for (const hidden of ["#certificate", "#key", "text=No file chosen"]) assert.ok(!await page.isVisible(hidden), hidden);
});

test("the listeners that need somebody come first, with cause and fix, in people's words", { skip }, async () => {
  w.fixture.listeners = listeners(60);
  const page = await w.page(["reader"]);
  await page.goto("/listeners");
  await page.waitForSelector("tbody a");
  assert.match(await page.innerText(".summary"), /7 need somebody\.\s*Nobody is known to renew \d+ of 60/);
  const [first, second] = [await page.innerText("tbody tr:nth-child(1)"), await page.innerText("tbody tr:nth-child(2)")];
  assert.match(first, /Expired[\s\S]*www\.tailspin-toys\.example[\s\S]*Clients refuse[\s\S]*What to do: Ask certgate[\s\S]*3 days ago[\s\S]*Nobody is known[\s\S]*Uploaded to the gateway/);
  assert.match(second, /No certificate[\s\S]*It is disabled\.[\s\S]*Enable its version/);
  assert.match(await page.innerText("tr:has-text('www.fourth-coffee.example')"), /App Service\s+probably/);
  const all = await page.innerText("main");
  for (const speech of ["GET ", "/api/", "keyVault", "secretOnly", "clientCa", "httpListeners", "sslCertificates", "undefined"]) assert.ok(!all.includes(speech), speech);
  await page.click("tbody a[href='/listeners/shop-northwind-example']");
  await page.waitForSelector(".verdict:has-text('certgate renews it.') a:text('See its certificate')");
  assert.ok(!/GET |\/api\//.test(await page.innerText("main")));
  await page.goBack();
  await page.waitForSelector("tbody a");
});

test("listeners can be searched, filtered and taken away as a file", { skip }, async () => {
  w.fixture.listeners = listeners(250);
  const page = await w.page(["reader"]);
  await page.goto("/listeners?show=todo&by=acmebot");
  await page.waitForSelector("tbody a");
  assert.deepEqual(await page.locator("tbody th a").allInnerTexts(), ["tickets.harbour-hotel.example", "m.contoso-museum.example", "pay.alpine-shop.example", "api.wingtip.example"]);
  await page.click(".filters label:has-text('All')");
  await page.selectOption("#who", "");
  assert.equal(await page.innerText(".pager span"), "1–100 of 250");
  await page.click(".pager button:text('Next')");
  assert.equal(await page.innerText(".pager span"), "101–200 of 250");
  await page.selectOption("#kind", "authority");
  assert.deepEqual(await page.locator("tbody th a").allInnerTexts(), ["partners-ca"]);
  assert.match(page.url(), /kind=authority/);
  const [file] = await Promise.all([page.waitForEvent("download"), page.click("button:text('Export CSV')")]);
  assert.match(file.suggestedFilename(), /^listeners-\d{4}-\d\d-\d\d\.csv$/);
});

test("a take-over is shown before it is done, and only an admin does it", { skip }, async () => {
  w.fixture.listeners = listeners(14);
  const page = await w.page(["admin"]);
  await page.goto("/listeners?by=acmebot");
  await page.waitForSelector("tbody a");
  assert.equal(await page.isVisible(".bar-below"), false);
  await page.check("[aria-label='Choose api.wingtip.example']");
  await page.click("button:text('Choose all 5 of this list')");
  await page.selectOption("#who", "");
  await page.check("[aria-label='Choose legacy.adatum.example']");
  await page.click("button:text('See what taking over would do')");
  await page.waitForSelector(".summary:has-text('5 keep their certificates, 1 stays as it is.')");
  assert.match(await page.innerText("li:has-text('legacy.adatum.example')"), /validated for the domain alone\.\s+What to do: Tick Also where the organization was checked/);
  assert.deepEqual(w.fixture.calls.filter((call) => call.startsWith("POST")), ["POST /api/takeovers"]);
  await page.check("label:has-text('Also where the organization was checked') input");
  await page.waitForSelector(".summary:has-text('5 keep their certificates, 1 gets a new certificate.')");
  assert.match(await page.innerText("dl.facts"), /1 change at once[\s\S]*0 now, 1 later/);
  assert.ok(!/"|GET |dryRun|acceptDomain/.test(await page.innerText("main")));
  await page.click("button:text('Take the 6 over')");
  await page.waitForSelector("h1:text('6 hostnames')");
  const { dryRun, ...sent } = JSON.parse(w.fixture.bodies.at(-1));
  assert.deepEqual([dryRun, sent.how, sent.acceptDomainValidated, sent.listeners.length], [undefined, "", true, 6]);
  const operator = await w.page(["operator"]);
  await operator.goto("/listeners/api-wingtip-example");
  await operator.click("button:has-text('Take over')");
  await operator.waitForSelector(".bar-below:has-text('Taking over needs the role admin.')");
  const reader = await w.page(["reader"]);
  await reader.goto("/listeners");
  await reader.waitForSelector("tbody a");
  assert.equal(await reader.locator(".pick").count(), 0);
});

test("a pinned listener is unpinned and one of certgate's given back, after a question", { skip }, async () => {
  w.fixture.listeners = listeners(14);
  const page = await w.page(["admin"]);
  await page.goto("/listeners/pay-alpine-shop-example");
  await page.click("button:text('Follow the newest version')");
  await page.waitForSelector("h1:text('pay.')");
  await page.goto("/listeners/shop-northwind-example");
  await page.click("button:has-text('Give back')");
  await page.waitForSelector("dialog[open] :text('does not renew it any more')");
  await page.click("#ask-yes");
  await page.waitForSelector("h1:text('shop.')");
  assert.deepEqual(w.fixture.calls.filter((call) => call.startsWith("POST")), ["POST /api/listeners/pay-alpine-shop-example/unpin", "POST /api/listeners/shop-northwind-example/giveBack"]);
});

test("the front page names what others leave undone on the gateway, and leads there", { skip }, async () => {
  w.fixture.listeners = listeners(60);
  const page = await w.page(["reader"]);
  await page.goto("/certificates");
  await page.waitForSelector(".card:has-text('7 certificates of others need somebody') a:text('www.tailspin-toys.example')");
  await page.click(".card a:text('See them all')");
  await page.waitForSelector("h1:text('Listeners')");
  await page.waitForSelector(".listeners tbody a");
  assert.equal(await page.locator("tbody tr").count(), 7);
  w.fixture.listeners = [];
  w.fixture.missing = ["listeners"];
  await page.goto("/certificates");
  await page.waitForSelector(".certificates tbody a");
  assert.equal(await page.locator(".card:has-text('of others')").count(), 0, "a version without it says nothing");
});
