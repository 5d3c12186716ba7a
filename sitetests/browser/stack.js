// What the tests on the real stack share. `make stacktest` starts a fresh stack for
// them. BASE_URL is the address of any other, and DNS_MANAGEMENT that of its DNS
// server's management: make run gives both. OUTAGES is where services are stopped.
import assert from "node:assert/strict";
import { after, afterEach, before } from "node:test";
import { Tabs, cookie, missing } from "./harness.js";

const dns = process.env.DNS_MANAGEMENT?.replace(/\/$/, "");
const outages = process.env.OUTAGES;
const run = Date.now().toString(36); // a stack that was used before knows other names
const patience = 180_000; // milliseconds, for a certificate on a busy machine
const buttonsOf = "main button:visible, main .button:visible";

export const timeout = 4 * patience; // of one test, which may wait for several
export const skip = missing({ stack: true });
export const skipDns = skip || (!dns && "DNS_MANAGEMENT is not set: make run says what it is");
export const skipOutages = skipDns || (!outages && "OUTAGES is not set: make stacktest has it");
export const host = (name) => `${name}-${run}.example.test`;
export const named = (hostname) => hostname.replaceAll(".", "-"); // the name of its certificate

// stack opens tabs at the real site, for the tests of one file.
export function stack() {
  const tabs = new Tabs();
  before(async () => { if (!skip) await tabs.start(process.env.BASE_URL.replace(/\/$/, "")); });
  afterEach(() => tabs.close());
  after(() => tabs.stop());
  return {
    visitor: () => tabs.page(null),
    reader: () => tabs.page(["reader"]),
    operator: () => tabs.page(["reader", "operator"], { permissions: ["clipboard-read", "clipboard-write"] }),
    admin: () => tabs.page(["reader", "operator", "admin"]),
  };
}

export const button = (page, name) => page.locator("main").getByRole("button", { name, exact: true });
export const buttons = async (page) => (await page.locator(buttonsOf).allInnerTexts()).map((text) => text.replace(/\s+/g, " ").trim());
export const jobOf = (page) => decodeURIComponent(new URL(page.url()).pathname.split("/")[2]);

// ends waits for the end of the job that the page shows, without loading it again.
export async function ends(page, as) {
  await page.waitForURL("**/jobs/*");
  await page.waitForSelector(`dd code:text("${jobOf(page)}")`, { state: "attached" }); // until then the page before is still there
  await page.waitForSelector(".head .is-Completed, .head .is-Failed, .head .is-Terminated", { timeout: patience });
  assert.equal(await page.locator(`.head .is-${as}`).count(), 1, await page.innerText("main"));
}

export async function add(page, hostname, as = "Completed") {
  await page.goto("/add");
  await page.fill("#hostnames", hostname);
  await button(page, "Request the certificate").click();
  await ends(page, as);
}

// elsewhere asks for a certificate as a colleague does who has another page open.
export async function elsewhere(hostname) {
  const headers = { "content-type": "application/json", cookie: `StaticWebAppsAuthCookie=${cookie("reader", "operator")}` };
  const reply = await fetch(new URL("/api/AddCertificateFunctions_HttpStart", process.env.BASE_URL), { method: "POST", headers, body: JSON.stringify({ hostnames: [{ hostname }] }) });
  assert.equal(reply.status, 202, await reply.text());
}

// completes waits until a job of many shows this one of its hostnames as done.
export const completes = (page, hostname) => page.waitForSelector(`tr:has-text("${hostname}"):has(.is-Completed)`, { timeout: patience });

// answer presses a button of the question that the page asks.
export async function answer(page, yes) {
  await page.locator("#ask[open]").getByRole("button", { name: yes, exact: true }).click();
}

// tellDns changes what the test DNS server answers.
export async function tellDns(call, body) {
  const reply = await fetch(`${dns}/${call}`, { method: "POST", body: JSON.stringify(body) });
  assert.equal(reply.status, 200);
}

// outage stops a service of the stack, "ca" or "vault", or starts it again.
export async function outage(service, what) {
  const reply = await fetch(`${outages}/${service}/${what}`, { method: "POST" });
  assert.equal(reply.status, 200);
}

// copied is what the page has put into the clipboard, once it says so.
export async function copied(page) {
  await page.waitForSelector("#toasts p:text-matches('clipboard|opied')");
  return page.evaluate(() => navigator.clipboard.readText());
}
