// What the browser tests stand on: Chromium, and the site in the real emulator in
// front of the fixture API, or wherever BASE_URL says.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, copyFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Fixture } from "../fixture/server.js";

export const root = fileURLToPath(new URL("../../..", import.meta.url));
const emulator = path.join(root, "node_modules/@azure/static-web-apps-cli/dist/msha/server.js");
const browserPath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

// missing says what a test run lacks, or false if it can run. With
// CERTGATE_REQUIRE_TOOLS=1 it throws in place of skipping.
export function missing({ stack = false } = {}) {
  const lack = !existsSync(browserPath) ? `Chromium is missing at ${browserPath}: install it, or set CHROMIUM`
    : !existsSync(path.join(root, "node_modules/playwright-core")) || !existsSync(emulator) ? "the npm packages are missing: run make tools"
      : stack && !process.env.BASE_URL ? "BASE_URL is not set: start the stack with make run and give its site's address" : false;
  if (lack && process.env.CERTGATE_REQUIRE_TOOLS === "1") throw new Error(lack);
  return lack;
}

export async function launch() {
  const { chromium } = await import("playwright-core");
  return chromium.launch({ executablePath: browserPath, args: flags });
}

// cookie signs in with roles; the emulator believes it.
export function cookie(...roles) {
  const principal = { identityProvider: "aad", userId: "u-1", userDetails: "ops@example.com", userRoles: ["anonymous", "authenticated", ...roles], claims: [] };
  return Buffer.from(JSON.stringify(principal)).toString("base64");
}

// World is one fixture behind one emulator, and a browser.
export class World {
  static async start() {
    const world = new World();
    world.fixture = await Fixture.start();
    world.port = await freePort();
    world.url = `http://127.0.0.1:${world.port}`;
    world.dir = mkdtempSync(path.join(tmpdir(), "certgate-site-"));
    for (const file of ["sign_in.cjs", "sign_in.html"]) copyFileSync(path.join(root, "internal/localstack/site", file), path.join(world.dir, file));
    world.child = spawn(process.execPath, ["--require", path.join(world.dir, "sign_in.cjs"), emulator], { env: { ...process.env, ...world.#settings() }, stdio: "ignore" });
    await world.#answers();
    world.browser = await launch();
    return world;
  }

  #settings() {
    const site = path.join(root, "static");
    return {
      SWA_RUNTIME_CONFIG_LOCATION: site, SWA_CLI_APP_LOCATION: site, SWA_CLI_OUTPUT_LOCATION: site, SWA_CLI_API_LOCATION: this.fixture.url,
      SWA_CLI_API_PORT: new URL(this.fixture.url).port, SWA_CLI_HOST: "127.0.0.1", SWA_CLI_PORT: String(this.port), SWA_CLI_APP_SSL: "false",
      SWA_CLI_OPEN_BROWSER: "false", SWA_CLI_DEBUG: "log", SWA_CLI_SERVER_TIMEOUT: "20", NODE_OPTIONS: "",
    };
  }

  async #answers() {
    const until = Date.now() + 30_000;
    while (Date.now() < until && this.child.exitCode === null) {
      if (await fetch(`${this.url}/.auth/me`).then((reply) => reply.ok, () => false)) return;
      await new Promise((later) => setTimeout(later, 20));
    }
    throw new Error("the emulator did not start");
  }

  async stop() {
    await this.browser?.close();
    this.child?.kill();
    this.fixture?.stop();
    rmSync(this.dir, { recursive: true, force: true });
  }

  // page opens a tab of its own, signed in with the roles.
  async page(roles = ["admin"], options = {}) {
    const context = await this.browser.newContext({ baseURL: this.url, locale: "en-GB", reducedMotion: "reduce", viewport: { width: 1280, height: 900 }, ...options });
    if (roles) await context.addCookies([{ name: "StaticWebAppsAuthCookie", value: cookie(...roles), url: this.url }]);
    const page = await context.newPage();
    page.complaints = []; // what the browser logs: a CSP violation, an exception
    page.on("pageerror", (error) => page.complaints.push(String(error)));
    page.on("console", (message) => message.type() === "error" && !/status of (4|5)\d\d|ERR_INTERNET_DISCONNECTED/.test(message.text()) && page.complaints.push(message.text()));
    return page;
  }
}

// quiet waits until no call has come for a while, longer than any page lets pass
// between two, and answers how many there were. A page that goes on asking makes
// it fail.
export async function quiet(fixture, { still = 3_000, within = 15_000 } = {}) {
  const until = Date.now() + within;
  for (let calls = fixture.calls.length, since = Date.now(); Date.now() < until; await new Promise((later) => setTimeout(later, 50))) {
    if (fixture.calls.length !== calls) [calls, since] = [fixture.calls.length, Date.now()];
    if (Date.now() - since >= still) return calls;
  }
  throw new Error(`the page does not stop asking: ${fixture.calls.slice(-5).join(", ")}`);
}

async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}
