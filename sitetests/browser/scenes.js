// Every page in every state that a person may meet, for the tests that go
// through all of them: accessibility, keyboard, pictures.
import { certificates, fine, preflight, silent } from "../fixture/data.js";
import { alone, issuers } from "../fixture/issuers.js";
import { listeners } from "../fixture/listeners.js";

// fill gives the fixture jobs in every state.
function fill(fixture) {
  fixture.jobs.clear();
  fixture.certificates = certificates(16);
  fixture.listeners = [];
  fixture.issuers = issuers();
  fixture.surveyed = true;
  fixture.missing = fixture.failing = [];
  fixture.preflight = preflight;
  fixture.down = [];
  fixture.room = 61;
  fixture.job("r1", "shop.alpine.example", { age: 21_000 }).advance(6).wait("The certificate authority is checking from several places; looking again in 5 s.");
  fixture.job("r2", "api.northwind.example", { age: 190_000 }).advance(9, 2);
  fixture.job("d1", "www.contoso-museum.example", { age: 3_600_000 }).advance(11, 1.8);
  fixture.job("f1", "pay.fabrikam.example", { age: 900_000 }).advance(5).retry("Trying again in 4s. The gateway did not answer.", 1).advance(1)
    .fail("HostnameOwnershipNotVerified", "The authority says: 203.0.113.10: Fetching http://pay.fabrikam.example/.well-known/acme-challenge/Zk3…: Timeout during connect (likely firewall problem).");
  fixture.job("t1", "beta.fabrikam.example", { age: 86_400_000 * 2 }).advance(3).terminate("Ordered by mistake.");
}

const open = (address, ready) => async (page, fixture) => {
  fill(fixture);
  await page.goto(address);
  await page.waitForSelector(ready);
};

// on is a gateway with n things on it.
const on = (n, address, ready) => async (page, fixture) => {
  fill(fixture);
  fixture.listeners = listeners(n);
  await page.goto(address);
  await page.waitForSelector(ready);
};

const many = (text, ready) => async (page, fixture) => {
  await scenes.add.show(page, fixture);
  await page.fill("#hostnames", text);
  await page.waitForSelector(ready);
};

export const scenes = {
  certificates: { show: open("/certificates", "tbody a") },
  "certificates-in-order": { show: async (page, fixture) => { fill(fixture); fixture.jobs.delete("f1"); fixture.certificates = certificates(38).filter((c) => c.state === "ok" && !c.imported); await page.goto("/certificates"); await page.waitForSelector("text=are in order"); } },
  "certificates-outage": { show: async (page, fixture) => { fill(fixture); fixture.down = ["certificateAuthority", "keyVault"]; await page.goto("/certificates"); await page.waitForSelector("text=The certificate authority does not answer"); } },
  "certificates-week": { show: async (page, fixture) => { await scenes.certificates.show(page, fixture); await page.evaluate(() => { document.querySelector("details.timeline").open = true; }); await page.click(".week:not(:disabled) >> nth=2"); await page.waitForSelector(".chip"); } },
  "certificates-empty": { show: async (page, fixture) => { fill(fixture); fixture.jobs.delete("f1"); fixture.certificates = []; await page.goto("/certificates"); await page.waitForSelector(".empty h2"); } },
  "certificates-no-match": { show: open("/certificates?q=nothing-like-this", ".empty button") },
  "certificates-unavailable": { show: async (page, fixture) => { fill(fixture); fixture.missing = ["certificates"]; await page.goto("/certificates"); await page.waitForSelector(".problem"); } },
  "certificates-reader": { roles: ["reader"], show: open("/certificates", ".cards") },
  certificate: { show: open("/certificates/www-contoso-museum-example", "h2:text('Also served by')") },
  "certificate-retired": { show: open("/certificates/old-campaign-example", "a:text('Request it again')") },
  "certificate-imported": { roles: ["operator"], show: open("/certificates/legacy-tailspin-example", "a:text('Import a newer one')") },
  "certificate-reader": { roles: ["reader"], show: open("/certificates/shop-northwind-example", "h2:text('Facts')") },
  "certificate-revoke": { show: async (page, fixture) => { await scenes.certificate.show(page, fixture); await page.click("button:text('Revoke')"); await page.waitForSelector("dialog[open]"); } },
  "certificate-edit": { show: async (page, fixture) => { await scenes.certificate.show(page, fixture); await page.click("button:text-is('Edit')"); await page.waitForSelector("dialog[open]"); await page.click("dialog summary"); await page.selectOption("#option-issuer", "letsencrypt"); await page.waitForSelector("#option-preferredChain"); } },
  "certificates-many": { part: ".pager", show: async (page, fixture) => { fill(fixture); fixture.certificates = certificates(5_000); await page.goto("/certificates"); await page.waitForSelector(".pager button"); await page.waitForFunction(() => document.querySelector(".pager span")?.textContent === "1–100 of 5,000"); } },
  "certificate-not-found": { show: open("/certificates/none", ".problem") },
  "certificates-others": { show: on(14, "/certificates", "text=certificates of others need somebody") },
  listeners: { show: on(14, "/listeners", "tbody a") },
  "listeners-sixty": { show: on(60, "/listeners", "tbody a") },
  "listeners-thousand": { part: ".pager", show: on(1000, "/listeners", ".pager button") },
  "listeners-no-match": { show: on(14, "/listeners?q=nothing-like-this", ".empty button") },
  "listeners-empty": { show: open("/listeners", ".empty h2") },
  "listeners-new": { show: async (page, fixture) => { fill(fixture); fixture.surveyed = false; await page.goto("/listeners"); await page.waitForSelector("text=Not looked at yet"); } },
  "listeners-failing": { show: async (page, fixture) => { fill(fixture); fixture.failing = ["listeners"]; await page.goto("/listeners"); await page.waitForSelector(".problem"); } },
  "listeners-unavailable": { show: async (page, fixture) => { fill(fixture); fixture.missing = ["listeners"]; await page.goto("/listeners"); await page.waitForSelector(".problem"); } },
  "listeners-away": { show: async (page, fixture) => { await scenes.listeners.show(page, fixture); await page.context().setOffline(true); await page.waitForSelector("#freshness[data-state=offline]"); } },
  "listener-blocked": { show: on(14, "/listeners/pay-alpine-shop-example", ".verdict") },
  "listener-dead": { show: on(14, "/listeners/tickets-harbour-hotel-example", ".verdict") },
  "listener-managed": { roles: ["reader"], show: on(14, "/listeners/shop-northwind-example", ".verdict") },
  "listener-unknown": { show: on(14, "/listeners/partner-proseware-example", ".verdict") },
  "listener-entry": { show: on(14, "/listeners/old-campaign-2024?kind=entry", ".verdict") },
  "listener-not-found": { show: on(14, "/listeners/none", ".problem") },
  "listeners-chosen": { show: async (page, fixture) => { await scenes["listeners-sixty"].show(page, fixture); await page.check("[aria-label='Choose www.tailspin-toys.example']"); await page.check("[aria-label='Choose api.wingtip.example']"); await page.waitForSelector("text=2 chosen"); } },
  "take-over": { show: async (page, fixture) => { await scenes.listeners.show(page, fixture); await page.check("[aria-label='Choose api.wingtip.example']"); await page.click("button:has-text('Choose all')"); await page.click("button:text('See what taking over would do')"); await page.waitForSelector("text=keep their certificates"); } },
  "take-over-operator": { roles: ["operator"], show: async (page, fixture) => { await on(14, "/listeners/api-wingtip-example", ".verdict")(page, fixture); await page.click("button:has-text('Take over')"); await page.waitForSelector("text=needs the role admin"); } },
  "take-over-none": { show: open("/take-over", "text=No listener is chosen") },
  "take-over-failing": { show: async (page, fixture) => { await on(14, "/listeners/api-wingtip-example", ".verdict")(page, fixture); fixture.failing = ["takeovers"]; await page.click("button:has-text('Take over')"); await page.waitForSelector(".problem"); } },
  add: { show: open("/add", "#hostnames") },
  "add-many": { show: many("fine.example.com\nhttps://fine-two.Example.com/cart, bücher.example.de\ncaa.example.com portal.fabrikam.example shop.alpine.example\nlocalhost\n10.0.0.1 fine.example.com\n*.wild.example.com\nfine-three.example.com\nbad_name.example.com # old", "text=Request the 3 that will work") },
  "add-forty": { show: many(Array.from({ length: 36 }, (_, i) => `fine-${i}.example.com`).join("\n") + "\ncaa.example.com other.example.com servfail.example.com port80.example.com", "text=Request the 36 that will work") },
  "add-no-room": { show: async (page, fixture) => { await scenes.add.show(page, fixture); fixture.room = 1; await page.fill("#hostnames", "fine.example.com fine-two.example.com"); await page.waitForSelector("text=The gateway has room for 1 more"); } },
  "add-refused": { show: async (page, fixture) => { await many("fine.example.com co.uk fine-two.example.com", "text=2 will work")(page, fixture); await page.click("form button.primary"); await page.waitForSelector(".problem"); } },
  "add-one": { show: async (page, fixture) => { await many("fine.example.com\n*.fine.example.com", "text=not understood")(page, fixture); await page.check("text=One for all of them"); await page.click("summary:text('Key and certificate authority')"); await page.selectOption("#option-issuer", "letsencrypt"); await page.waitForSelector("text=1 of them by DNS record"); await page.waitForSelector("#option-profile"); await page.fill("#option-preferredChain", "ISRG Root X1"); } },
  "add-reader": { roles: ["reader"], show: open("/add", "text=needs the role operator") },
  import: { show: open("/import", "#key") },
  "import-pfx": { show: async (page, fixture) => { await scenes.import.show(page, fixture); await page.setInputFiles("[aria-label='Certificate file']", { name: "b.pfx", mimeType: "application/x-pkcs12", buffer: Buffer.from([0x30, 0x82, 0, 0xff, ...Array(4096).fill(7)]) }); await page.waitForSelector("text=b.pfx"); } },
  jobs: { show: open("/jobs", "tbody a") },
  "jobs-empty": { show: async (page, fixture) => { fill(fixture); fixture.jobs.clear(); await page.goto("/jobs"); await page.waitForSelector(".empty h2"); } },
  "jobs-many": { show: async (page, fixture) => { await scenes["job-many"].show(page, fixture); await page.goto("/jobs"); await page.click("button:text('show')"); await page.waitForSelector("tr.inside"); } },
  "jobs-menu": { part: "details.menu[open]", show: async (page, fixture) => { await scenes.jobs.show(page, fixture); await page.click("tr:has-text('pay.fabrikam.example') .menu summary"); } },
  "job-running": { show: open("/jobs/r1", ".steps li.is-current") },
  "job-waiting": { show: async (page, fixture) => { fill(fixture); fixture.job("w1", "fine.example.com", { age: 300_000 }).advance(2).retry("Trying again in 15s. The certificate authority does not answer.", 3).retry("Trying again in 2m3s. The certificate authority does not answer.", 4, 120); await page.goto("/jobs/w1"); await page.waitForSelector("text=4 errors in a row"); } },
  "job-completed": { show: open("/jobs/d1", ".steps li.is-done") },
  "job-failed": { show: open("/jobs/f1", ".problem .todo") },
  "job-terminated": { show: open("/jobs/t1", ".steps li.is-stopped") },
  "job-many": { show: async (page, fixture) => {
    fill(fixture);
    const parent = fixture.many(42);
    for (const [i, child] of parent.body.children.entries()) fixture.moveChild(parent, i, i < 3 ? "Failed" : i < 34 ? "Completed" : child.runtimeStatus);
    await page.goto(`/jobs/${parent.body.instanceId}`);
    await page.waitForSelector("text=31 completed");
  } },
  "job-thousand": { part: ".toolbar", show: async (page, fixture) => {
    fill(fixture);
    const parent = fixture.many(1000);
    for (let i = 0; i < 700; i++) fixture.moveChild(parent, i, i % 90 === 0 ? "Failed" : "Completed");
    await page.goto(`/jobs/${parent.body.instanceId}`);
    await page.waitForSelector("text=692 completed");
  } },
  "check-fine": { show: async (page, fixture) => { fill(fixture); fixture.preflight = fine; await page.goto("/check"); await page.waitForSelector(`text=Fine: ${fine.checks.length - 1} of ${fine.checks.length}`); } },
  "check-silent": { show: async (page, fixture) => { fill(fixture); fixture.preflight = silent; await page.goto("/check"); await page.waitForSelector("text=without an answer"); } },
  "check-failing": { show: async (page, fixture) => { fill(fixture); fixture.failing = ["preflight"]; await page.goto("/check"); await page.waitForSelector(".problem"); } },
  check: { show: open("/check", ".steps li") },
  issuers: { show: open("/issuers", ".issuers") },
  "issuers-alone": { show: async (page, fixture) => { fill(fixture); fixture.issuers = alone; await page.goto("/issuers"); await page.waitForSelector("text=It is ready"); } },
  "issuers-failing": { show: async (page, fixture) => { fill(fixture); fixture.failing = ["issuers"]; await page.goto("/issuers"); await page.waitForSelector(".problem"); } },
  "look-up": { show: open("/hostnames", "#hostname") },
  hostname: { show: open("/hostnames/other.example.com", "text=Create this record") },
  "hostname-apex": { show: open("/hostnames/example.com", "text=Create one of these") },
  "hostname-caa": { show: open("/hostnames/caa.example.com", "text=Add this record") },
  "hostname-servfail": { show: open("/hostnames/servfail.example.com", "text=SERVFAIL") },
  "hostname-ready": { show: open("/hostnames/fine.example.com", "button:text('Request its certificate')") },
  "hostname-served": { show: open("/hostnames/shop.northwind.example", ".verdict") },
  "hostname-failed": { roles: ["operator"], show: open("/hostnames/pay.fabrikam.example", ".verdict") },
  "not-found": { show: open("/nothing-here", "h1") },
  mistyped: { show: open("/jobs/%E0%A4%A", "text=There is nothing at this address") },
  "sign-in": { roles: null, show: open("/jobs", "text=Sign in with GitHub") },
  "sign-in-no-role": { roles: [], show: open("/sign-in.html", "text=no role here") },
  forbidden: { roles: [], show: open("/jobs", "text=This account has no role here") },
  account: { show: async (page, fixture) => { await scenes.jobs.show(page, fixture); await page.click("details.person summary"); } },
  offline: { show: async (page, fixture) => {
    await scenes.jobs.show(page, fixture);
    await page.context().setOffline(true);
    await page.waitForSelector("#freshness[data-state=offline]");
  } },
  unsent: { roles: ["operator"], show: async (page, fixture) => {
    await many("fine.example.com", "text=1 will work")(page, fixture);
    await page.context().setOffline(true);
    await page.click("form button.primary");
    await page.waitForSelector("h2:text('Not sent')");
  } },
};

// settle waits until everything is loaded, and takes the passing message away.
export async function settle(page) {
  await page.waitForFunction(() => document.readyState === "complete");
  await page.evaluate(() => document.getElementById("toasts")?.replaceChildren());
}

export { fill };
