// Signing in, expired sessions and roles, in the real emulator.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { asks, cookie, world } from "./harness.js";
import { fill } from "./scenes.js";

const w = world({ emulator: true });
const { skip } = w;
beforeEach(() => {
  if (skip) return;
  w.fixture.refuses = false;
  fill(w.fixture);
});

test("signing in leads back to the page that was wanted", { skip }, async () => {
  for (const provider of ["Microsoft", "GitHub"]) {
    const page = await w.page(null);
    await page.goto("/certificates?q=museum");
    await page.waitForFunction(() => document.querySelector("[data-provider]").href.includes("museum"));
    await page.click(`text=Sign in with ${provider}`);
    await page.click("button:text('Sign in')");
    await page.waitForSelector("tbody a");
    assert.equal(new URL(page.url()).pathname + new URL(page.url()).search, "/certificates?q=museum");
    await page.context().close();
  }
});

test("signing out ends on the sign-in page", { skip }, async () => {
  const page = await w.page(["reader"]);
  await page.goto("/jobs");
  await page.click("details.person summary");
  await page.click("text=Sign out");
  await page.waitForSelector("text=Sign in with Microsoft");
  await page.goto("/jobs");
  await page.waitForSelector("text=Sign in with Microsoft");
});

test("an account without a role is told so and whom to ask", { skip }, async () => {
  const page = await w.page([]);
  await page.goto("/");
  await page.waitForSelector("text=no role here");
  assert.ok(await page.isVisible("text=Role management"));
  await page.goto("/sign-in.html");
  await page.waitForSelector("text=ops@example.com, but this account has no role here");
  assert.ok(await page.isVisible("#ask"));
});

test("a session that ends while the page is open leads to the sign-in and back, without a loop", { skip }, async () => {
  const page = await w.page(["reader"]);
  await page.goto("/jobs?state=running");
  await page.waitForSelector("tbody a");
  let visits = 0;
  page.on("framenavigated", () => visits++);
  await page.context().clearCookies();
  await page.waitForURL(/sign-in/);
  await page.waitForFunction(() => decodeURIComponent(document.querySelector("[data-provider]").href).includes("/jobs?state=running"));
  assert.equal(visits, 1);
  await page.click("text=Sign in with Microsoft");
  await page.click("button:text('Sign in')");
  await page.waitForURL("**/jobs?state=running");
});

test("an API that refuses a person whom the platform knows does not make the page go in circles", { skip }, async () => {
  const page = await w.page(["reader"]);
  w.fixture.refuses = true;
  const documents = [];
  page.on("request", (request) => request.isNavigationRequest() && documents.push(new URL(request.url()).pathname));
  await page.clock.install();
  const calls = asks(page);
  await page.goto("/jobs");
  await page.waitForSelector("text=You are signed in as ops@example.com");
  await page.clock.fastForward("01:00:00");
  assert.ok(await calls.sinceThen() < 10);
  assert.deepEqual(documents, ["/jobs", "/sign-in.html"]);
  w.fixture.refuses = false;
  await page.click("text=Continue");
  await page.waitForURL("**/jobs");
});

test("what was typed survives the end of the session", { skip }, async () => {
  const page = await w.page(["operator"]);
  await page.goto("/add");
  await page.fill("#hostnames", "shop.example.com");
  await page.context().clearCookies();
  await page.click("form button.primary");
  await page.waitForSelector("#session-over:not([hidden])");
  assert.equal(await page.inputValue("#hostnames"), "shop.example.com");
  await page.context().addCookies([{ name: "StaticWebAppsAuthCookie", value: cookie("operator"), url: w.url }]);
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange"))); // back from the other tab
  await page.waitForSelector("#session-over", { state: "hidden" });
  await page.click("form button.primary");
  await page.waitForURL("**/jobs/*");
});

test("where the platform can refresh a session, the page goes on as if nothing had happened", { skip }, async () => {
  const page = await w.page(["reader"]);
  let refreshed = 0;
  await page.route("**/.auth/refresh", async (route) => {
    refreshed++;
    await page.context().addCookies([{ name: "StaticWebAppsAuthCookie", value: cookie("reader"), url: w.url }]);
    await route.fulfill({ status: 200, body: "" });
  });
  await page.goto("/jobs");
  await page.waitForSelector("tbody a");
  const asked = page.waitForRequest("**/.auth/refresh");
  await page.context().clearCookies();
  await asked;
  await page.waitForResponse((response) => response.url().includes("/api/instances") && [200, 304].includes(response.status()));
  assert.equal(refreshed, 1);
  assert.match(page.url(), /\/jobs$/);
});

test("a role sees the buttons that it may use, and no others", { skip }, async () => {
  for (const [role, buttons] of [["reader", []], ["operator", ["Renew now"]], ["admin", ["Renew now", "Retire", "Revoke"]]]) {
    const page = await w.page([role]);
    await page.goto("/certificates/shop-northwind-example");
    await page.waitForSelector("h2:text('Facts')");
    assert.deepEqual(await page.locator(".head button").allTextContents(), buttons, role);
    assert.equal(await page.isVisible("nav a[href='/add']"), role !== "reader");
    await page.goto("/jobs");
    await page.waitForSelector("tbody a:text('beta.fabrikam.example')");
    assert.equal(await page.locator("tbody .menu").count(), { reader: 0, operator: 2, admin: 5 }[role], role);
    await page.goto("/jobs/r1");
    await page.waitForSelector(".steps li");
    assert.deepEqual(await page.locator(".head button").allTextContents(), { reader: [], operator: ["Look again now"], admin: ["Look again now", "Stop"] }[role]);
    await page.context().close();
  }
});

test("on App Service an array tells who is signed in; without a token store the API does", { skip }, async () => {
  const claims = [{ typ: "preferred_username", val: "ann@example.com" }, { typ: "roles", val: "operator" }];
  for (const [answer, name, role] of [[{ json: [{ user_id: "ann", user_claims: claims }] }, "ann@example.com", "operator"], [{ status: 404, body: "" }, "ops@example.com", "admin"]]) {
    const page = await w.page(["operator"]);
    await page.route("**/.auth/me", (route) => route.fulfill(answer));
    await page.goto("/jobs");
    await page.waitForSelector(`#person-name:text-is("${name}")`);
    await page.click("details.person summary");
    assert.equal(await page.textContent("#person-roles"), `Role: ${role}`);
    assert.ok(await page.isVisible("nav a[href='/add']"));
    await page.context().close();
  }
});

test("a session that lives on and cannot be renewed ends in one offer, not in circles", { skip }, async () => {
  const page = await w.page(["reader"]);
  let renewals = 0, visits = 0;
  await page.route("**/.auth/refresh", (route) => { renewals++; return route.fulfill({ status: 403, body: "" }); });
  await page.clock.install();
  await page.goto("/jobs");
  await page.waitForSelector("tbody a");
  page.on("framenavigated", () => visits++);
  const calls = asks(page);
  w.fixture.refuses = true;
  await page.clock.fastForward("00:01:00");
  await page.waitForSelector("#session-over:has-text('Your session cannot be renewed.')");
  assert.match(await page.getAttribute("#session-over a:text('Sign out and in again')", "href"), /^\/\.auth\/logout\?post_logout_redirect_uri=/);
  await page.clock.fastForward("01:00:00");
  assert.ok(await calls.sinceThen() < 10);
  assert.deepEqual({ renewals, visits }, { renewals: 1, visits: 0 });
  await page.click("#session-over a");
  await page.waitForSelector("text=Sign in with Microsoft");
});
