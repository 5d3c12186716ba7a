// Everything else that people do on the real stack, each role and each button.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { add, answer, button, buttons, ends, host, jobOf, named, outage, skip, skipOutages, stack, timeout } from "./stack.js";

const site = stack();
const first = host("first"), second = host("second");

test("two certificates are there to work with", { skip, timeout }, async () => {
  const page = await site.operator();
  for (const hostname of [first, second]) await add(page, hostname);
  assert.deepEqual(await buttons(page), ["Open the site ↗", "See the certificate"]);
});

test("each role sees the buttons that it can use, and no other", { skip, timeout }, async () => {
  const name = named(first);
  const seen = {};
  for (const [role, enter] of Object.entries(site).slice(1)) {
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
    await page.waitForSelector(`a:text("${first}")`);
    seen[role].push(await page.locator("thead .c-act").count() > 0);
    for (const [address, title] of [["/add", "Add certificates"], ["/import", "Import a certificate"]]) {
      await page.goto(address);
      await page.waitForSelector(`h1:text("${title}")`);
      seen[role].push(await page.locator("main form").count() > 0);
    }
    // And the API holds to it, for whoever calls without the page.
    seen[role].push((await page.request.post("/api/AddCertificateFunctions_HttpStart", { data: {} })).status() === 403);
    seen[role].push((await page.request.delete("/api/instances/none")).status() === 403);
  }
  const check = "Check again", see = ["Open the site ↗", "See the certificate"], addOne = "Add a certificate", copy = "Copy the thumbprint";
  assert.deepEqual(seen, {
    reader: [[copy], see, [check], false, false, false, true, true],
    operator: [["Renew now", copy], see, [check, addOne], true, true, true, false, true],
    admin: [["Renew now", "Retire", "Revoke", copy], [...see, "Remove from list"], [check, "Send a test notification", addOne], true, true, true, false, false],
  });
});

test("a certificate is imported by paste, and the page holds no key afterwards", { skip, timeout }, async () => {
  const page = await site.operator();
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
  assert.deepEqual(await buttons(page), ["Import a newer one", "Copy the thumbprint"]);
});

test("a key that does not belong to the certificate is refused in words, and is gone from the page", { skip, timeout }, async () => {
  const page = await site.operator();
  const hostname = host("mixed");
  await page.goto("/import");
  await page.fill("#hostname", hostname);
  await page.fill("#certificate", selfSigned(hostname).certificate);
  await page.fill("#key", selfSigned(hostname).key);
  await button(page, "Import").click();
  await page.waitForSelector(".problem h2");
  assert.match(await page.innerText(".problem"), /key/i);
  assert.ok((await page.innerText(".problem .todo")).length > 20);
  assert.equal(await page.inputValue("#key"), "");
});

test("a certificate is renewed on its page, and has another thumbprint then", { skip, timeout }, async () => {
  const page = await site.operator();
  const thumbprint = page.locator("dt:text('Thumbprint') + dd");
  await page.goto(`/certificates/${named(first)}`);
  const old = await thumbprint.innerText();
  await button(page, "Renew now").click();
  await answer(page, "Renew"); // it is in order, so a slip of the finger asks
  await ends(page, "Completed");
  await page.locator("dl.facts").getByRole("link", { name: named(first) }).click();
  assert.notEqual(await thumbprint.innerText(), old);
});

test("a certificate is revoked for a reason, the page says what that means, and Renew now mends it", { skip, timeout }, async () => {
  const page = await site.admin();
  const address = `/certificates/${named(second)}`;
  await page.goto(address);
  await button(page, "Revoke").click();
  await page.selectOption("#reason", "keyCompromise");
  await answer(page, "Revoke");
  await ends(page, "Completed");
  await page.goto(address);
  await page.waitForSelector(".head .state:has-text('Revoked')");
  assert.equal(await button(page, "Revoke").count(), 0);
  await button(page, "Renew now").click();
  await ends(page, "Completed");
  await page.goto(address);
  await page.waitForSelector(".head .is-ok");
  assert.equal(await page.locator(".head .state:has-text('Revoked')").count(), 0);
});

test("a job is stopped with a reason, cleans up, and is removed from the list", { skip: skipOutages, timeout }, async () => {
  const page = await site.admin();
  await outage("ca", "stop"); // or the job may be done before it is stopped
  try {
    await page.goto("/add");
    await page.fill("#hostnames", host("stopped"));
    await button(page, "Request the certificate").click();
    await button(page, "Stop").click();
    await page.fill("#reason", "changed my mind");
    await answer(page, "Stop");
    await ends(page, "Terminated");
  } finally {
    await outage("ca", "start");
  }
  await page.locator("main").getByText("changed my mind").first().waitFor();
  const id = jobOf(page);
  await button(page, "Remove from list").click();
  await answer(page, "Remove");
  await page.waitForSelector("tbody a"); // of the list: a single job has no table
  assert.equal(await page.locator(`a[href="/jobs/${id}"]`).count(), 0);
  await page.goto(`/jobs/${id}`);
  await page.waitForSelector(".problem");
  assert.match(await page.innerText(".problem"), /Not found|Not possible any more/);
});

test("the set-up check shows what the real one finds", { skip, timeout }, async () => {
  const page = await site.admin();
  const replied = page.waitForResponse("**/api/preflight");
  await page.goto("/check");
  const reply = await replied;
  assert.equal(reply.status(), 200);
  const { checks } = await reply.json();
  await page.waitForSelector(".summary");
  assert.equal(await page.locator(".steps li").count(), checks.length);
  assert.ok(checks.length > 5);
  await page.evaluate(() => { for (const group of document.querySelectorAll("details.group")) group.open = true; });
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
