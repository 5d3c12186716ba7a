// What the browser tests stand on: Chromium, and the site in front of the fixture
// API, behind its own door or behind the platform's emulator.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { after, afterEach, before } from "node:test";
import { Fixture } from "../fixture/server.js";
import { Sockets } from "../fixture/sockets.js";
import { chromium, lack } from "./chromium.js";
import { Emulator, script } from "./emulator.js";

export const root = fileURLToPath(new URL("../..", import.meta.url));
const flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

// How long a condition may take to come true. Nothing is measured by it: a test
// that is about time says so, and takes the time from a clock that it sets. PATIENCE
// is it in milliseconds, for whoever mends a test.
export const patience = Number(process.env.PATIENCE ?? 60_000);

// missing says what a test run lacks, or false if it can run. With
// CERTGATE_REQUIRE_TOOLS=1 it throws in place of skipping.
export function missing({ stack = false } = {}) {
  const what = !chromium() ? lack
    : !existsSync(path.join(root, "node_modules/playwright-core")) || !existsSync(script) ? "the npm packages are missing: run make tools"
      : stack && !process.env.BASE_URL ? "BASE_URL is not set: start the stack with make run and give its site's address" : false;
  if (what && process.env.CERTGATE_REQUIRE_TOOLS === "1") throw new Error(what);
  return what;
}

// cookie signs in with roles; the emulator believes it.
export function cookie(...roles) {
  const principal = { identityProvider: "aad", userId: "u-1", userDetails: "ops@example.com", userRoles: ["anonymous", "authenticated", ...roles], claims: [] };
  return Buffer.from(JSON.stringify(principal)).toString("base64");
}

// Tabs opens signed-in tabs at one address, each in a context of its own, and
// keeps what their browser complains of: an exception, a violation of the CSP.
export class Tabs {
  #contexts = [];
  complaints = [];

  async start(url) {
    const playwright = await import("playwright-core");
    this.url = url;
    this.browser = await playwright.chromium.launch({ executablePath: chromium(), args: flags });
  }

  stop() { return this.browser?.close(); }

  // page opens a tab, signed in with the roles; null is signed out.
  async page(roles = ["admin"], options = {}) {
    const context = await this.browser.newContext({ baseURL: this.url, locale: "en-GB", reducedMotion: "reduce", viewport: { width: 1280, height: 900 }, ...options });
    this.#contexts.push(context);
    context.setDefaultTimeout(patience);
    if (roles) await context.addCookies([{ name: "StaticWebAppsAuthCookie", value: cookie(...roles), url: this.url }]);
    const page = await context.newPage();
    page.on("pageerror", (error) => this.complaints.push(String(error)));
    page.on("console", (message) => message.type() === "error" && !/status of (4|5)\d\d|ERR_INTERNET_DISCONNECTED/.test(message.text()) && this.complaints.push(message.text()));
    return page;
  }

  // close ends all tabs: one that is left open goes on asking the API, and what it
  // logs is a fault of the test that opened it.
  async close() {
    await Promise.all(this.#contexts.splice(0).map((context) => context.close()));
    assert.deepEqual(this.complaints.splice(0), []);
  }
}

// world is what a file of tests shares, put up before its first test: the fixture
// and its tabs, with the emulator between them or a Web PubSub beside it if asked for. skip is why the
// tests are skipped, or false.
export function world({ emulator = false, sockets = false } = {}) {
  const it = { skip: missing(), tabs: new Tabs(), page: (...args) => it.tabs.page(...args) };
  before(async () => {
    if (it.skip) return;
    it.fixture = await Fixture.start();
    if (sockets) {
      it.sockets = it.fixture.live = await Sockets.start();
      it.fixture.door.connects = it.sockets.origin;
    }
    if (emulator) it.emulator = await Emulator.start(it.fixture);
    it.url = it.emulator?.url ?? it.fixture.site;
    await it.tabs.start(it.url);
  });
  afterEach(() => it.tabs.close());
  after(async () => {
    await it.tabs.stop();
    it.emulator?.stop();
    it.sockets?.stop();
    it.fixture?.stop();
  });
  return it;
}

// asks counts the calls of the API that a page makes from now on. sinceThen waits
// until the page has sent what it was about to send: requests leave in their order.
export function asks(page) {
  let calls = 0, marks = 0;
  page.on("request", (request) => { if (new URL(request.url()).pathname.startsWith("/api/")) calls++; });
  return {
    async sinceThen() {
      const mark = `/favicon.svg?mark=${++marks}`;
      await Promise.all([page.waitForRequest((request) => request.url().endsWith(mark)), page.evaluate((address) => void fetch(address), mark)]);
      return calls;
    },
  };
}
