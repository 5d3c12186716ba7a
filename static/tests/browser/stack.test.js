// The site on the real stack, as people use it. `make stacktest` starts a fresh
// stack for it. BASE_URL is the address of any other, and DNS_MANAGEMENT that of its
// DNS server's management: make run gives both.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, afterEach, before, test } from "node:test";
import { cookie, launch, missing } from "./harness.js";

const skip = missing({ stack: true });
const base = process.env.BASE_URL?.replace(/\/$/, "");
const dns = process.env.DNS_MANAGEMENT?.replace(/\/$/, "");
const run = Date.now().toString(36); // a stack that was used before knows other names
const host = (name) => `${name}-${run}.example.test`;
const named = (hostname) => hostname.replaceAll(".", "-"); // the name of its certificate
const elsewhere = "192.0.2.7";
const patience = 120_000; // a certificate on a busy machine
const timeout = 2 * patience;
let browser;
const contexts = [], complaints = [];

before(async () => { if (!skip) browser = await launch(); });
after(() => browser?.close());
// A page that is left open goes on asking the API, and what it logs is a fault of
// the test that opened it.
afterEach(async () => {
  await Promise.all(contexts.splice(0).map((context) => context.close()));
  assert.deepEqual(complaints.splice(0), []);
});

async function signedIn(...roles) {
  const context = await browser.newContext({ baseURL: base, locale: "en-GB", reducedMotion: "reduce", viewport: { width: 1280, height: 900 } });
  contexts.push(context);
  if (roles.length) await context.addCookies([{ name: "StaticWebAppsAuthCookie", value: cookie(...roles), url: base }]);
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => message.type() === "error" && !/status of (4|5)\d\d/.test(message.text()) && complaints.push(message.text()));
  return page;
}

const reader = () => signedIn("reader");
const operator = () => signedIn("reader", "operator");
const admin = () => signedIn("reader", "operator", "admin");

const button = (page, name) => page.getByRole("button", { name, exact: true });
const buttons = (page) => page.locator("main button:visible, main .button:visible").allInnerTexts();
const jobOf = (page) => decodeURIComponent(new URL(page.url()).pathname.split("/")[2]);

// ends waits for the end of the job that the page shows, without loading it again.
async function ends(page, as) {
  await page.waitForURL("**/jobs/*");
  await page.waitForSelector(`dd code:text("${jobOf(page)}")`); // until then the page before is still there
  await page.waitForSelector(".head .is-Completed, .head .is-Failed, .head .is-Terminated", { timeout: patience });
  assert.equal(await page.locator(`.head .is-${as}`).count(), 1, await page.innerText("main"));
}

async function add(page, hostname, as = "Completed") {
  await page.goto("/add");
  await page.fill("#hostnames", hostname);
  await button(page, "Request the certificate").click();
  await ends(page, as);
}

async function answer(page, yes) {
  await page.locator("#ask[open]").getByRole("button", { name: yes, exact: true }).click();
}

async function tellDns(call, body) {
  const reply = await fetch(`${dns}/${call}`, { method: "POST", body: JSON.stringify(body) });
  assert.equal(reply.status, 200);
}

test("a signed-out visitor is asked to sign in, with the platform's own page", { skip }, async () => {
  const page = await signedIn();
  await page.goto("/certificates");
  await page.waitForSelector("text=Sign in with Microsoft");
  assert.equal((await page.request.get("/api/instances")).status(), 401);
  await page.getByText("Sign in with Microsoft").click();
  await page.waitForURL("**/.auth/login/**");
});

test("three hostnames are added on the page, which shows each one complete as it does", { skip, timeout }, async () => {
  const page = await operator();
  const three = ["one", "two", "three"].map(host);
  await page.goto("/add");
  await page.evaluate(() => { globalThis.sameDocument = true; });
  await page.fill("#hostnames", `https://${three[0]}/\n${three[1]} ${three[2]}`);
  await button(page, "Request 3 certificates").click();
  await page.waitForSelector("h2:text('Certificates of this job')");
  for (const hostname of three) await page.waitForSelector(`tr:has-text("${hostname}")`);
  await page.waitForSelector("#running-count:not([hidden])");
  assert.deepEqual(await buttons(page), ["Look again now"]); // an operator does not terminate
  for (const hostname of three) await page.waitForSelector(`tr:has-text("${hostname}"):has(.is-Completed)`, { timeout: patience });
  await ends(page, "Completed");
  assert.ok(await page.evaluate(() => globalThis.sameDocument), "the page was loaded again");
  await page.waitForSelector("#running-count", { state: "hidden" });
  const parent = jobOf(page);
  await page.click(`a:text("${three[0]}")`);
  await page.waitForURL((url) => !url.pathname.endsWith(parent));
  await ends(page, "Completed");
  assert.equal(await page.locator(".steps li.is-done").count(), 11);
  await page.goto("/certificates");
  for (const hostname of three) await page.waitForSelector(`tr:has-text("${hostname}"):has-text("OK")`);
});

test("each role sees the buttons that it can use, and no other", { skip, timeout }, async () => {
  const hostname = host("one"), name = named(hostname);
  const seen = {};
  for (const [role, enter] of Object.entries({ reader, operator, admin })) {
    const page = await enter();
    await page.goto(`/certificates/${name}`);
    await page.waitForSelector("text=Thumbprint");
    seen[role] = [await buttons(page)];
    await page.click("section:has(h2:text('Jobs')) tbody a");
    await page.waitForSelector(".head .is-Completed");
    seen[role].push(await buttons(page));
    await page.goto("/check");
    await page.waitForSelector(".summary");
    seen[role].push(await buttons(page));
    await page.goto("/jobs");
    await page.waitForSelector(`a:text("${hostname}")`);
    seen[role].push(await page.locator("tbody button").count() > 0);
    for (const [address, title] of [["/add", "Add certificates"], ["/import", "Import a certificate"]]) {
      await page.goto(address);
      await page.waitForSelector(`h1:text("${title}")`);
      seen[role].push(await page.locator("main form").count() > 0);
    }
    // And the API holds to it, for whoever calls without the page.
    seen[role].push((await page.request.post("/api/AddCertificateFunctions_HttpStart", { data: {} })).status() === 403);
    seen[role].push((await page.request.delete("/api/instances/none")).status() === 403);
  }
  const check = "Check again";
  assert.deepEqual(seen, {
    reader: [[], [], [check], false, false, false, true, true],
    operator: [["Renew now"], [], [check], false, true, true, false, true],
    admin: [["Renew now", "Retire", "Revoke"], ["Purge"], [check, "Send a test notification"], true, true, true, false, false],
  });
});

test("a certificate is imported by paste, and the page holds no key afterwards", { skip, timeout }, async () => {
  const page = await operator();
  const hostname = host("imported");
  const { key, certificate } = selfSigned(hostname);
  const secret = key.split("\n")[1];
  await page.goto("/import");
  await page.fill("#hostname", hostname);
  await page.fill("#certificate", `${key}\n${certificate}`); // the usual file: both in one
  const sent = page.waitForRequest("**/api/ImportCertificateFunctions_HttpStart");
  await button(page, "Import").click();
  assert.ok((await sent).postData().includes(secret));
  await page.waitForSelector("dd code, .problem");
  assert.equal(await page.locator(".problem").count(), 0, await page.innerText("main"));
  const held = () => page.evaluate(() => [document.documentElement.outerHTML, ...[...document.querySelectorAll("input, textarea")].map((field) => field.value),
    JSON.stringify(history.state), JSON.stringify({ ...localStorage }), JSON.stringify({ ...sessionStorage })].join("\n"));
  assert.ok(!(await held()).includes(secret));
  await ends(page, "Completed");
  assert.ok(!(await held()).includes(secret));
  await page.goBack();
  await page.waitForSelector("#key");
  assert.equal(await page.inputValue("#certificate") + await page.inputValue("#key"), "");
  await page.goto(`/certificates/${named(hostname)}`);
  await page.waitForSelector("text=Imported: whoever got it renews it");
  assert.deepEqual(await buttons(page), []);
});

test("a key that does not belong to the certificate is refused in words, and is gone from the page", { skip, timeout }, async () => {
  const page = await operator();
  const hostname = host("mixed");
  await page.goto("/import");
  await page.fill("#hostname", hostname);
  await page.fill("#certificate", selfSigned(hostname).certificate);
  await page.fill("#key", selfSigned(hostname).key);
  await button(page, "Import").click();
  await page.waitForSelector(".problem [data-part=detail]");
  assert.match(await page.innerText(".problem"), /key/i);
  assert.ok((await page.innerText(".problem [data-part=fix]")).length > 20);
  assert.equal(await page.inputValue("#key"), "");
});

const skipDns = skip || (!dns && "DNS_MANAGEMENT is not set: make run says what it is");
test("a hostname that leads elsewhere fails with advice, which, followed, lets it complete", { skip: skipDns, timeout }, async () => {
  const page = await operator();
  const hostname = host("elsewhere");
  await tellDns("add-a", { host: hostname, addresses: [elsewhere] });
  await add(page, hostname, "Failed");
  const failure = page.locator("section.problem");
  await failure.getByText("What to do:").waitFor();
  assert.match(await failure.innerText(), /192\.0\.2\.7/);
  assert.match(await failure.innerText(), /HostnameNotResolvingToApplicationGateway/);
  assert.equal(await page.locator(".steps li.is-failed:has-text('Check DNS and CAA')").count(), 1);
  const job = page.url();

  await page.getByRole("link", { name: `What DNS says for ${hostname}` }).click();
  await page.waitForSelector(`text=${hostname} leads elsewhere: ${elsewhere}.`);
  await page.waitForSelector("h2:text('Create this record')");
  const gateway = await page.locator("section:has(h2:text('The gateway')) li").allInnerTexts();
  assert.ok(gateway.length > 0);
  assert.ok((await page.locator("table tbody tr").count()) > 0);

  await tellDns("clear-a", { host: hostname });
  await button(page, "Look").click();
  await page.waitForSelector(`text=${hostname} leads to the gateway.`);
  await page.goto(job);
  await button(page, "Ask again").click();
  await page.waitForURL((url) => url.pathname.startsWith("/jobs/") && url.href !== job);
  await ends(page, "Completed");
});

test("a certificate is renewed on its page, and has another thumbprint then", { skip, timeout }, async () => {
  const page = await operator();
  const thumbprint = page.locator("dt:text('Thumbprint') + dd");
  await page.goto(`/certificates/${named(host("one"))}`);
  const old = await thumbprint.innerText();
  await button(page, "Renew now").click();
  await ends(page, "Completed");
  await page.locator("dl.facts").getByRole("link", { name: named(host("one")) }).click();
  assert.notEqual(await thumbprint.innerText(), old);
});

test("a certificate is revoked for a reason, the page says what that means, and Renew now mends it", { skip, timeout }, async () => {
  const page = await admin();
  const address = `/certificates/${named(host("two"))}`;
  await page.goto(address);
  await button(page, "Revoke").click();
  await page.selectOption("#reason", "keyCompromise");
  await answer(page, "Revoke");
  await ends(page, "Completed");
  await page.goto(address);
  await page.waitForSelector("text=This certificate is revoked.");
  await page.waitForSelector(".head .is-overdue");
  await button(page, "Renew now").click();
  await ends(page, "Completed");
  await page.goto(address);
  await page.waitForSelector(".head .is-ok");
  assert.equal(await page.locator("text=This certificate is revoked.").count(), 0);
});

test("a certificate is retired, and stays on record", { skip, timeout }, async () => {
  const page = await admin();
  const address = `/certificates/${named(host("three"))}`;
  await page.goto(address);
  await button(page, "Retire").click();
  await page.check("#ask input[name=revoke]");
  await answer(page, "Retire");
  await ends(page, "Completed");
  await page.goto(address);
  await page.waitForSelector(".head .is-retired");
  assert.deepEqual(await buttons(page), []);
  // The API remembers the gateway's document for a while, so the listener may still show.
  const until = Date.now() + patience;
  for (const gone = page.getByText("It is on no listener."); !await gone.count() && Date.now() < until;) {
    await page.reload();
    await page.waitForSelector("h2:text('Installed on')");
  }
  assert.equal(await page.getByText("It is on no listener.").count(), 1);
});

test("a job is terminated with a reason, cleans up, and is purged", { skip, timeout }, async () => {
  const page = await admin();
  await page.goto("/add");
  await page.fill("#hostnames", host("stopped"));
  await button(page, "Request the certificate").click();
  await button(page, "Terminate").click();
  await page.fill("#reason", "changed my mind");
  await answer(page, "Terminate");
  await ends(page, "Terminated");
  await page.locator("main").getByText("changed my mind").first().waitFor();
  const id = jobOf(page);
  await button(page, "Purge").click();
  await answer(page, "Purge");
  await page.waitForSelector("tbody a"); // of the list: a single job has no table
  assert.equal(await page.locator(`a[href="/jobs/${id}"]`).count(), 0);
  await page.goto(`/jobs/${id}`);
  await page.waitForSelector(".problem");
  assert.match(await page.innerText(".problem"), /Not found|Not possible any more/);
});

test("the set-up check shows what the real one finds", { skip, timeout }, async () => {
  const page = await admin();
  const replied = page.waitForResponse("**/api/preflight");
  await page.goto("/check");
  const reply = await replied;
  assert.equal(reply.status(), 200);
  const { checks } = await reply.json();
  await page.waitForSelector(".summary");
  assert.equal(await page.locator(".steps li").count(), checks.length);
  assert.ok(checks.length > 5);
  const text = await page.innerText("main");
  for (const check of checks) assert.ok(text.includes(check.finding), check.finding);
  assert.deepEqual(checks.filter((check) => check.ok === false), []);
});

// selfSigned is a key and a certificate of another authority: its own.
function selfSigned(hostname) {
  const dir = mkdtempSync(path.join(tmpdir(), "certgate-import-"));
  try {
    const [key, certificate] = ["key.pem", "certificate.pem"].map((file) => path.join(dir, file));
    execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "60", "-subj", `/CN=${hostname}`,
      "-addext", "basicConstraints=critical,CA:FALSE", "-addext", `subjectAltName=DNS:${hostname}`, "-addext", "extendedKeyUsage=serverAuth", "-keyout", key, "-out", certificate], { stdio: "ignore" });
    return { key: readFileSync(key, "utf8"), certificate: readFileSync(certificate, "utf8") };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
