// Every page in every state that a person may meet, for the tests that go
// through all of them: accessibility, keyboard, pictures.
import { certificates, preflight } from "../fixture/data.js";

// fill gives the fixture jobs in every state.
function fill(fixture) {
  fixture.jobs.clear();
  fixture.certificates = certificates(16);
  fixture.missing = fixture.failing = [];
  fixture.preflight = preflight;
  fixture.job("r1", "shop.alpine.example", { age: 21_000 }).advance(6).wait("The certificate authority is checking from several places; looking again in 5 s.");
  fixture.job("r2", "api.northwind.example", { age: 190_000 }).advance(9, 2);
  fixture.job("d1", "www.contoso-museum.example", { age: 3_600_000 }).advance(11, 1.8);
  fixture.job("f1", "pay.fabrikam.example", { age: 900_000 }).advance(5).retry("Trying again in 4 s. The gateway did not answer.", 1).advance(1)
    .fail("HostnameOwnershipNotVerified", "The authority says: 203.0.113.10: Fetching http://pay.fabrikam.example/.well-known/acme-challenge/Zk3…: Timeout during connect (likely firewall problem).");
  fixture.job("t1", "beta.fabrikam.example", { age: 86_400_000 * 2 }).advance(3).terminate("Ordered by mistake.");
}

const open = (address, ready) => async (page, fixture) => {
  fill(fixture);
  await page.goto(address);
  await page.waitForSelector(ready);
};

export const scenes = {
  certificates: { show: open("/certificates", "tbody a") },
  "certificates-empty": { show: async (page, fixture) => { fill(fixture); fixture.certificates = []; await page.goto("/certificates"); await page.waitForSelector(".empty h2"); } },
  "certificates-no-match": { show: open("/certificates?q=nothing-like-this", ".empty button") },
  "certificates-unavailable": { show: async (page, fixture) => { fill(fixture); fixture.missing = ["certificates"]; await page.goto("/certificates"); await page.waitForSelector(".problem"); } },
  certificate: { show: open("/certificates/www-contoso-museum-example", "h2:text('Facts')") },
  "certificate-retired": { show: open("/certificates/old-campaign-example", "a:text('Request it again')") },
  "certificate-imported": { roles: ["operator"], show: open("/certificates/legacy-tailspin-example", "a:text('Import a newer one')") },
  "certificate-reader": { roles: ["reader"], show: open("/certificates/shop-northwind-example", "h2:text('Facts')") },
  "certificate-revoke": { show: async (page, fixture) => { await scenes.certificate.show(page, fixture); await page.click("button:text('Revoke')"); await page.waitForSelector("dialog[open]"); } },
  "certificates-many": { part: ".pager", show: async (page, fixture) => { fill(fixture); fixture.certificates = certificates(5_000); await page.goto("/certificates"); await page.waitForSelector(".pager button"); await page.waitForFunction(() => document.querySelector(".pager span")?.textContent === "1–100 of 5,000"); } },
  "certificate-not-found": { show: open("/certificates/none", ".problem") },
  add: { show: open("/add", "#hostnames") },
  "add-many": { show: async (page, fixture) => {
    await scenes.add.show(page, fixture);
    await page.fill("#hostnames", "shop.example.com\nhttps://WWW.Example.com/cart, bücher.example.de\nlocalhost\n10.0.0.1 shop.example.com\n*.wild.example.com\nco.uk\nbad_name.example.com # old");
  } },
  "add-refused": { show: async (page, fixture) => { await scenes["add-many"].show(page, fixture); await page.click("form button.primary"); await page.waitForSelector(".problem"); } },
  "add-reader": { roles: ["reader"], show: open("/add", "text=needs the role operator") },
  import: { show: open("/import", "#key") },
  jobs: { show: open("/jobs", "tbody a") },
  "jobs-empty": { show: async (page, fixture) => { fill(fixture); fixture.jobs.clear(); await page.goto("/jobs"); await page.waitForSelector(".empty h2"); } },
  "job-running": { show: open("/jobs/r1", ".steps li.is-waiting") },
  "job-completed": { show: open("/jobs/d1", ".steps li.is-done") },
  "job-failed": { show: open("/jobs/f1", ".problem strong") },
  "job-terminated": { show: open("/jobs/t1", ".steps li.is-stopped") },
  "job-many": { show: async (page, fixture) => {
    await scenes.add.show(page, fixture);
    await page.fill("#hostnames", "a.example.com b.example.com c.example.com");
    await page.click("form button.primary");
    await page.waitForSelector("h2:text('Certificates of this job')");
  } },
  "check-fine": { show: async (page, fixture) => { fill(fixture); fixture.preflight = { checks: preflight.checks.map((check) => ({ check: check.check, ok: true, finding: "It can be reached, and the app may do all that it needs to." })) }; await page.goto("/check"); await page.waitForSelector(".steps li"); } },
  "check-failing": { show: async (page, fixture) => { fill(fixture); fixture.failing = ["preflight"]; await page.goto("/check"); await page.waitForSelector(".problem"); } },
  check: { show: open("/check", ".steps li") },
  dns: { show: open("/dns?hostname=shop.example.com", "text=Create this record") },
  "dns-empty": { show: open("/dns", "#hostname") },
  "dns-apex": { show: open("/dns?hostname=example.com", "text=Create one of these") },
  "dns-fine": { show: open("/dns?hostname=fine.example.com", "a:text('Add its certificate')") },
  "not-found": { show: open("/nothing-here", "h1") },
  "sign-in": { roles: null, show: open("/jobs", "text=Sign in with GitHub") },
  "sign-in-no-role": { roles: [], show: open("/jobs", "text=no role here") },
  forbidden: { roles: null, show: open("/403.html", "h1") },
  account: { show: async (page, fixture) => { await scenes.jobs.show(page, fixture); await page.click("details.person summary"); } },
  offline: { show: async (page, fixture) => {
    await scenes.jobs.show(page, fixture);
    await page.context().setOffline(true);
    await page.waitForSelector("#freshness[data-state=offline]");
  } },
};

// settle waits until everything is loaded, and takes the passing message away.
export async function settle(page) {
  await page.waitForFunction(() => document.readyState === "complete");
  await page.evaluate(() => document.getElementById("status")?.classList.remove("shown"));
}

export { fill };
