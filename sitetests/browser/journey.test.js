// What people do most, on the real stack: short enough to run with all other tests.
import assert from "node:assert/strict";
import { test } from "node:test";
import { add, answer, button, buttons, completes, ends, host, jobOf, named, skip, skipDns, stack, tellDns, timeout } from "./stack.js";

const site = stack();
const elsewhere = "192.0.2.7";
const three = ["one", "two", "three"].map(host);

test("an operator signs in, adds three hostnames, and sees each one complete as it does", { skip, timeout }, async () => {
  const page = await site.visitor();
  await page.goto("/add");
  assert.equal((await page.request.get("/api/instances")).status(), 401);
  await page.waitForFunction(() => document.querySelector("[data-provider]").href.includes("%2Fadd"));
  await page.getByText("Sign in with Microsoft").click();
  await page.uncheck("[value=admin]");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL("**/add");

  await page.fill("#hostnames", `https://${three[0]}/\n${three[1]} ${three[2]}`);
  await page.evaluate(() => { globalThis.sameDocument = true; });
  await page.waitForSelector("#understood:has-text('3 will work')");
  await button(page, "Request 3 certificates").click();
  await page.waitForSelector("table.board");
  for (const hostname of three) await page.waitForSelector(`tr:has-text("${hostname}")`);
  for (const hostname of three) await completes(page, hostname);
  await ends(page, "Completed");
  assert.ok(await page.evaluate(() => globalThis.sameDocument), "the page was loaded again");
  await page.waitForSelector("#running-count", { state: "hidden" });
  const parent = jobOf(page);
  await page.click(`a:text("${three[0]}")`);
  await page.waitForURL((url) => !url.pathname.endsWith(parent));
  await ends(page, "Completed");
  assert.equal(await page.locator(".steps li.is-done").count(), 11);
  await page.goto("/certificates");
  await page.waitForSelector("text=All 3 certificates are in order.");
  for (const hostname of three) await page.waitForSelector(`tr:has-text("${hostname}"):has-text("OK")`);
});

test("a hostname that leads elsewhere fails with advice, which, followed, lets it complete", { skip: skipDns, timeout }, async () => {
  const page = await site.operator();
  const hostname = host("elsewhere");
  await tellDns("add-a", { host: hostname, addresses: [elsewhere] });
  await add(page, hostname, "Failed");
  const failure = page.locator("section.problem");
  await failure.getByText("What to do:").waitFor();
  await failure.getByText("Details").click();
  assert.match(await failure.innerText(), /192\.0\.2\.7/);
  assert.match(await failure.innerText(), /It failed at “Check DNS and CAA”/);
  assert.match(await failure.innerText(), /HostnameNotResolvingToApplicationGateway/);
  assert.equal(await page.locator(".steps li.is-failed:has-text('Check DNS and CAA')").count(), 1);
  const job = page.url();

  await page.getByRole("link", { name: `What DNS says for ${hostname}` }).click();
  await page.waitForSelector(`.verdict:has-text("${hostname} is not ready for a certificate"):has-text("${elsewhere}")`);
  await page.waitForSelector("h2:text('Create this record')");
  assert.ok((await page.locator(".records li").count()) > 0);

  await tellDns("clear-a", { host: hostname });
  await button(page, "Look again").click();
  await page.waitForSelector(`.steps li:has-text("${hostname} resolves to the gateway.")`);
  await page.goto(job);
  await button(page, "Try again").click();
  await page.waitForURL((url) => url.pathname.startsWith("/jobs/") && url.href !== job);
  await ends(page, "Completed");
});

test("a certificate is retired, and stays on record", { skip, timeout }, async () => {
  const page = await site.admin();
  const address = `/certificates/${named(three[2])}`;
  await page.goto(address);
  await button(page, "Retire").click();
  await page.check("#ask input[name=revoke]");
  await answer(page, "Retire");
  await ends(page, "Completed");
  await page.goto(address);
  await page.waitForSelector(".head .is-retired");
  assert.deepEqual(await buttons(page), ["Request it again", "Copy the thumbprint"]);
  assert.ok(await page.isVisible("text=It is on no listener."));
});

test("a reader sees everything and can change nothing, with the page or without it", { skip, timeout }, async () => {
  const page = await site.reader();
  await page.goto(`/certificates/${named(three[0])}`);
  await page.waitForSelector("text=Thumbprint");
  assert.deepEqual(await buttons(page), ["Copy the thumbprint"]);
  assert.equal((await page.request.post("/api/AddCertificateFunctions_HttpStart", { data: {} })).status(), 403);
  assert.equal((await page.request.delete("/api/instances/none")).status(), 403);
});
