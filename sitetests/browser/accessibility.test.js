// Every page in every state, in light, dark and phone width: axe-core finds
// nothing, nothing is wider than the window or cut off, and the browser has
// nothing to complain about.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { cutOff, tooSmall } from "./fits.js";
import { root, world } from "./harness.js";
import { scenes, settle } from "./scenes.js";

const w = world();
const axe = w.skip ? "" : readFileSync(path.join(root, "node_modules/axe-core/axe.min.js"), "utf8");
const desk = { width: 1280, height: 900 }, phone = { width: 390, height: 844 };
const others = [320, 640, 705, 768, 900, 1000, 1440, 2560]; // widths at which nothing may be cut off
const every = { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] };
const looks = {
  light: { scheme: "light", size: desk, rules: every },
  dark: { scheme: "dark", size: desk, rules: { type: "rule", values: ["color-contrast"] } }, // all else is as in light
  phone: { scheme: "light", size: phone, rules: { type: "rule", values: ["color-contrast", "target-size", "scrollable-region-focusable", "link-in-text-block", "bypass", "landmark-one-main", "page-has-heading-one"] } }, // what other sizes and other visible parts change
};

// In short, as part of every test run, one state of each page stands for all.
const chosen = ["certificates", "certificate", "certificate-revoke", "listeners", "listener-blocked", "take-over", "add-many", "add-forty", "import", "jobs", "job-running", "job-failed", "job-many", "check", "issuers", "hostname", "not-found", "sign-in"];
const names = process.env.CERTGATE_BROWSER === "short" ? chosen : Object.keys(scenes);

for (const name of names) {
  const scene = scenes[name];
  test(`nothing is wrong with ${name}`, { skip: w.skip }, async () => {
    const page = await w.page(scene.roles === undefined ? ["admin"] : scene.roles);
    await scene.show(page, w.fixture);
    await settle(page);
    await page.evaluate(axe);
    for (const [look, { scheme, size, rules }] of Object.entries(looks)) {
      await page.setViewportSize(size);
      await page.emulateMedia({ colorScheme: scheme });
      const found = await page.evaluate(([part, runOnly]) => globalThis.axe.run(part, { runOnly, resultTypes: ["violations"] }), [scene.part ?? "html", rules]);
      assert.deepEqual(found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => `${n.target} ${n.failureSummary}`).join("; ")}`), [], look);
      assert.deepEqual(await page.evaluate(cutOff), [], `${look}: something is cut off`);
      if (look === "phone") assert.deepEqual(await page.evaluate(tooSmall), [], "too small for a thumb");
    }
    for (const width of others) {
      await page.setViewportSize({ width, height: 900 });
      assert.deepEqual(await page.evaluate(cutOff), [], `${width} px: something is cut off`);
    }
  });
}
