// Every page in every state: axe-core finds nothing, in light, dark and phone
// width; no page is wider than the window; the browser has nothing to complain
// about; the keyboard reaches everything.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { readFileSync } from "node:fs";
import path from "node:path";
import { World, missing, root } from "./harness.js";
import { scenes, settle } from "./scenes.js";

const skip = missing();
const looks = { light: { colorScheme: "light" }, dark: { colorScheme: "dark" }, phone: { colorScheme: "light", viewport: { width: 390, height: 844 } } };
let world, axe;
before(async () => {
  if (skip) return;
  axe = readFileSync(path.join(root, "node_modules/axe-core/axe.min.js"), "utf8");
  world = await World.start();
});
after(() => world?.stop());

for (const [look, options] of Object.entries(looks)) {
  test(`axe-core finds nothing: ${look}`, { skip }, async (t) => {
    for (const [name, scene] of Object.entries(scenes)) {
      await t.test(name, async () => {
        const page = await world.page(scene.roles === undefined ? ["admin"] : scene.roles, options);
        await scene.show(page, world.fixture);
        await settle(page);
        await page.evaluate(axe);
        const found = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
        assert.deepEqual(found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => `${n.target} ${n.failureSummary}`).join("; ")}`), []);
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "the page is wider than the window");
        const cut = await page.evaluate(() => [...document.querySelectorAll(".panel, td, th")].filter((node) => node.checkVisibility() && node.scrollWidth > node.clientWidth + 1 && !node.querySelector(".scroll-x")).map((node) => node.outerHTML.slice(0, 100)));
        assert.deepEqual(cut, [], "something is cut off");
        assert.deepEqual(page.complaints, []);
        await page.context().close();
      });
    }
  });
}

test("the keyboard alone reaches every control, and the focus is seen", { skip }, async (t) => {
  for (const name of ["certificates", "certificate", "add-many", "import", "jobs", "job-running", "check", "dns"]) {
    await t.test(name, async () => {
      const page = await world.page(["admin"]);
      await scenes[name].show(page, world.fixture);
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
      await page.context().close();
    });
  }
});

test("a dialog takes the focus, keeps it, and gives it back", { skip }, async () => {
  const page = await world.page(["admin"]);
  await scenes.certificate.show(page, world.fixture);
  await page.focus("button:text('Retire')");
  await page.keyboard.press("Enter");
  await page.waitForSelector("dialog[open]");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Cancel", "a careless Enter does no harm");
  await page.keyboard.press("Escape");
  await page.waitForSelector("dialog:not([open])", { state: "attached" });
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Retire");
  assert.ok(!world.fixture.calls.some((call) => call.startsWith("DELETE")));
});
