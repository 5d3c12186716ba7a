// The site on the real stack: BASE_URL is the address that make run gives for it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { cookie, launch, missing } from "./harness.js";

const skip = missing({ stack: true });
const base = process.env.BASE_URL?.replace(/\/$/, "");
const hostname = process.env.STACK_HOSTNAME ?? `site-${Date.now().toString(36)}.example.test`;
const patience = 180_000; // a certificate on a busy machine
let browser, page;

before(async () => {
  if (skip) return;
  browser = await launch();
  const context = await browser.newContext({ baseURL: base, locale: "en-GB" });
  await context.addCookies([{ name: "StaticWebAppsAuthCookie", value: cookie("reader", "operator", "admin"), url: base }]);
  page = await context.newPage();
});
after(() => browser?.close());

test("a signed-out visitor is asked to sign in", { skip }, async () => {
  const context = await browser.newContext({ baseURL: base });
  const other = await context.newPage();
  await other.goto("/certificates");
  await other.waitForSelector("text=Sign in with Microsoft");
  assert.equal((await context.request.get("/api/instances")).status(), 401);
  await context.close();
});

test("a certificate can be asked for on the page and is followed live to its end", { skip, timeout: patience + 20_000 }, async () => {
  await page.goto("/add");
  await page.fill("#hostnames", hostname);
  await page.click("form button.primary");
  await page.waitForURL("**/jobs/*");
  await page.waitForSelector(".steps li.is-current, .steps li.is-waiting, .steps li.is-done");
  await page.waitForSelector(".head .is-Completed, .head .is-Failed", { timeout: patience });
  assert.equal(await page.locator(".head .is-Completed").count(), 1, await page.textContent("main"));
  assert.equal(await page.locator(".steps li.is-done").count(), 11);
});

test("every page of the stack shows what the API answers", { skip }, async () => {
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  for (const [address, shows] of [["/jobs", `a:text("${hostname}")`], ["/certificates", "tbody a, .problem.mild, .empty"], ["/check", ".steps li, .problem.mild"], [`/dns?hostname=${hostname}`, ".summary, .problem.mild"]]) {
    await page.goto(address);
    await page.waitForSelector(shows, { timeout: 20_000 });
  }
  assert.deepEqual(complaints, []);
});
