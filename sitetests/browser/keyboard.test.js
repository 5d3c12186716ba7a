// The keyboard alone: it reaches everything, what has the focus is seen, and a
// dialog keeps it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { world } from "./harness.js";
import { fill, scenes } from "./scenes.js";
import { certificates } from "../fixture/data.js";

const w = world();

for (const name of ["certificates", "certificate", "listeners", "listener-blocked", "take-over", "add-many", "add-one", "import", "jobs", "job-running", "job-many", "check", "issuers", "hostname"]) {
  test(`the keyboard alone reaches every control, and the focus is seen: ${name}`, { skip: w.skip }, async () => {
    const page = await w.page(["admin"]);
    await scenes[name].show(page, w.fixture);
    const wanted = await page.evaluate(() => [...document.querySelectorAll("a[href], button:not(:disabled), input, select, textarea, summary, [tabindex='0']")]
      .filter((node) => node.checkVisibility() && !(node.type === "radio" && !node.checked)).map((node, i) => (node.dataset.probe = String(i))));
    await page.evaluate(() => { document.activeElement.blur(); getSelection().removeAllRanges(); });
    const seen = new Set();
    for (let i = 0; i < wanted.length + 5; i++) {
      await page.keyboard.press("Tab");
      const at = await page.evaluate(() => {
        const node = document.activeElement, of = node.type === "radio" ? node.parentElement : node;
        return { probe: node.dataset?.probe, outlined: parseFloat(getComputedStyle(of).outlineWidth) > 0 && getComputedStyle(of).outlineStyle !== "none" };
      });
      if (at.probe === undefined) continue;
      seen.add(at.probe);
      assert.ok(at.outlined, `control ${at.probe} has no visible focus`);
    }
    const unreached = await page.evaluate((probes) => probes.map((probe) => document.querySelector(`[data-probe="${probe}"]`)?.outerHTML.slice(0, 120)).filter(Boolean), wanted.filter((probe) => !seen.has(probe)));
    assert.deepEqual(unreached, []);
  });
}

test("a dialog takes the focus, keeps it, and gives it back", { skip: w.skip }, async () => {
  const page = await w.page(["admin"]);
  await scenes.certificate.show(page, w.fixture);
  await page.focus("button:text('Retire')");
  await page.keyboard.press("Enter");
  await page.waitForSelector("dialog[open]");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Cancel", "a careless Enter does no harm");
  await page.keyboard.press("Escape");
  await page.waitForSelector("dialog:not([open])", { state: "attached" });
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Retire");
  assert.ok(!w.fixture.calls.some((call) => call.startsWith("DELETE")));
});

test("the skip link leads over the navigation", { skip: w.skip }, async () => {
  fill(w.fixture);
  w.fixture.certificates = certificates(3);
  const page = await w.page(["reader"]);
  await page.goto("/certificates");
  await page.waitForSelector("tbody a");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  assert.ok(await page.evaluate(() => document.getElementById("main").contains(document.activeElement)));
});
