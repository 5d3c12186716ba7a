// What people meet when something is wrong, on the real stack, and the pages that they
// meet it on: each is looked at in every width and colour.
import assert from "node:assert/strict";
import { test } from "node:test";
import { looks } from "./looks.js";
import { add, button, completes, copied, elsewhere, ends, host, outage, skipOutages, stack, tellDns, timeout } from "./stack.js";

const site = stack();
const wrongAddress = "192.0.2.7";
const good = ["fine", "fair"].map(host), forbidden = host("forbidden"), broken = host("broken"), away = host("away"), had = host("had");

test("DNS is as customers leave it, and one hostname has its certificate", { skip: skipOutages, timeout }, async () => {
  await tellDns("add-caa", { host: forbidden, policies: [{ tag: "issue", value: "other-authority.example" }] });
  await tellDns("set-servfail", { host: broken });
  await tellDns("add-a", { host: away, addresses: [wrongAddress] });
  await add(await site.operator(), had);
});

test("before anything is sent each line says what will happen, and the message to the customer has the records", { skip: skipOutages, timeout }, async () => {
  const page = await site.operator();
  await page.goto("/add");
  await page.fill("#hostnames", [...good, forbidden, broken, away, had, "localhost"].join("\n"));
  await page.waitForSelector("button:text('Request the 2 that will work')");
  for (const [hostname, says] of [[forbidden, /do not allow this certificate authority/], [broken, /SERVFAIL/], [away, /192\.0\.2\.7/], [had, /Has a certificate until/], ["localhost", /no dot/]]) {
    assert.match(await page.innerText(`tr:has-text("${hostname}")`), says);
  }
  assert.match(await page.innerText("#understood"), /2 will work, 3 not ready, 1 with a certificate, 1 not understood\. Room on the gateway: \d+/);
  await button(page, "Copy a message to the customer").click();
  const message = await copied(page);
  assert.match(message, new RegExp(`${forbidden}\\.  CAA  0 issue "`));
  assert.match(message, new RegExp(`${away}\\.  (A|CNAME)  `));
  assert.ok(!message.includes(good[0]) && !message.includes(had));
  await looks(page, "add");
});

test("a board of many shows each as it is, and tries again what failed", { skip: skipOutages, timeout }, async () => {
  const page = await site.operator();
  await page.goto("/add");
  await page.fill("#hostnames", [...good, forbidden, away].join("\n"));
  await page.waitForSelector("button:text('Request the 2 that will work')");
  for (const hostname of [forbidden, away]) await page.check(`[aria-label='Send ${hostname}']`); // a person who knows better
  await button(page, "Request 4 certificates").click();
  for (const hostname of good) await completes(page, hostname);
  for (const hostname of [forbidden, away]) await page.waitForSelector(`table.board tr:has-text("${hostname}"):has(.is-Failed)`);
  await page.waitForSelector(".shares-part:has-text('2 completed'):has-text('2 failed')");
  await ends(page, "Failed");
  assert.match(await page.title(), /✗ 4 hostnames/);
  await button(page, "Copy failed").click();
  assert.deepEqual((await copied(page)).split("\n").sort(), [away, forbidden].sort());
  await looks(page, "board");
  await tellDns("clear-a", { host: away });
  await button(page, "Try the 2 again").click();
  await completes(page, away);
  await page.waitForSelector(`table.board tr:has-text("${forbidden}"):has(.is-Failed)`);
});

test("the front page has a card for the hostname without a certificate, with cause, fix and button, and the tab says so", { skip: skipOutages, timeout }, async () => {
  const page = await site.operator();
  await page.goto("/certificates");
  const card = page.locator(`.card:has-text("${forbidden} has no certificate")`);
  await card.getByText("What to do:").waitFor();
  assert.match(await card.innerText(), /do not allow this certificate authority/);
  await page.waitForFunction(() => /^\(\d+\) /.test(document.title) && document.querySelector("link[rel=icon]").getAttribute("href") === "/favicon-needed.svg");
  await looks(page, "front");
  await tellDns("clear-caa", { host: forbidden });
  await card.getByRole("button", { name: "Try again" }).click();
  await ends(page, "Completed");
  await page.goto("/certificates");
  await page.waitForSelector("text=certificates are in order.");
  assert.equal(await card.count(), 0);
  await page.waitForFunction(() => document.querySelector("link[rel=icon]").getAttribute("href") !== "/favicon-needed.svg");
});

test("a hostname's page has one verdict: in order, forbidden by CAA, name servers that fail", { skip: skipOutages, timeout }, async () => {
  const page = await site.operator();
  await page.goto(`/hostnames/${had}`);
  await page.waitForSelector(`.verdict.is-ok:has-text("${had} is in order.")`);
  assert.equal(await page.locator(".verdict a:text('Open the site')").getAttribute("href"), `https://${had}/`);
  for (const says of ["Holds for it", "Served since", "By certgate", "Chain"]) assert.ok(await page.isVisible(`dt:text("${says}")`), says);
  await button(page, "Copy the thumbprint").click();
  assert.match(await copied(page), /^[0-9A-F]{40}$/);
  await looks(page, "hostname");
  await tellDns("add-caa", { host: host("caa"), policies: [{ tag: "issue", value: "other-authority.example" }] });
  for (const [hostname, words, records, look] of [[host("caa"), ".is-failed:has-text('is not ready for a certificate')", 1, "hostname-caa"], [broken, ".is-waiting:has-text('DNS gives no answer')", 0, "hostname-servfail"]]) {
    await page.goto(`/hostnames/${hostname}`);
    await page.waitForSelector(`.verdict${words}`);
    assert.ok(await page.isVisible("button:text('Copy a message to the customer')"));
    assert.equal(await page.locator(".records li").count(), records, hostname);
    assert.equal(await button(page, "Request its certificate").count(), 0);
    await looks(page, look);
  }
  assert.match(await page.innerText(".verdict"), /SERVFAIL/);
});

test("what is sent without a connection is not sent, the page says so, and Try again sends it", { skip: skipOutages, timeout }, async () => {
  const page = await site.operator();
  await page.goto("/add");
  await page.fill("#hostnames", host("offline"));
  await page.waitForSelector("#understood:has-text('1 will work')");
  await page.context().setOffline(true);
  await page.waitForSelector("#freshness[data-state=offline]:has-text('Offline')");
  await button(page, "Request the certificate").click();
  await page.waitForSelector(".problem h2:text('Not sent')");
  assert.doesNotMatch(await page.innerText(".problem"), /by itself/);
  await looks(page, "add-offline");
  await page.context().setOffline(false);
  await page.waitForSelector("#freshness[data-state=idle]");
  assert.ok(await page.isVisible(".problem h2:text('Not sent')"), "nothing is sent without a person");
  await button(page, "Try again").click();
  await ends(page, "Completed");
});

test("a tab that nobody touches shows a colleague's job, and its end", { skip: skipOutages, timeout }, async () => {
  const page = await site.operator();
  await page.goto("/jobs");
  await page.waitForSelector("#freshness[data-state=idle]");
  const hostname = host("colleague");
  assert.equal(await page.locator(`tr:has-text("${hostname}")`).count(), 0);
  await elsewhere(hostname);
  await page.waitForSelector(`tr:has-text("${hostname}")`);
  await completes(page, hostname);
  await looks(page, "jobs");
});

for (const [service, card, group] of [["ca", "The certificate authority does not answer", "Authority"], ["vault", "Key Vault does not answer", "Key Vault"]]) {
  test(`while this does not answer, jobs wait in amber, count down and go on: ${service}`, { skip: skipOutages, timeout }, async () => {
    await outage(service, "stop");
    try {
      const page = await site.operator();
      await page.goto("/certificates");
      await page.waitForSelector(`.card:has-text("${card}"):has-text("What to do:")`);
      await looks(page, `front-without-${service}`);
      await page.goto("/check");
      await page.waitForSelector(`details.group[open]:has-text("${group}"):has-text("Does not answer")`);
      await page.waitForSelector(".summary .is-waiting, .summary .is-failed");
      assert.equal(await page.locator("main a:text('Add a certificate')").count(), 0, "no way on while something is silent");
      await looks(page, `check-without-${service}`);
      await page.goto("/add");
      await page.fill("#hostnames", host(`no-${service}`));
      await button(page, "Request the certificate").click();
      await page.waitForSelector(".head .is-waiting:has-text('Waiting')");
      await page.waitForSelector(".summary:has-text('Next try'):has-text('errors in a row')");
      // A try may take a minute itself; then it is "now" until the next pause.
      const counting = (text) => page.waitForFunction((last) => { const now = document.querySelector("[data-until]")?.textContent; return /^in \d+ /.test(now ?? "") && now !== last && now; }, text, { timeout: timeout / 4 });
      await counting(await (await counting("")).jsonValue());
      await looks(page, `job-without-${service}`);
      await outage(service, "start");
      await button(page, "Look again now").click();
      await ends(page, "Completed");
    } finally {
      await outage(service, "start");
    }
  });
}
