// A page of the real stack at every width and in both colours: nothing is cut off, all is
// readable, and its picture lies in screenshots/stack/ for people to look at.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { cutOff } from "./fits.js";
import { root } from "./harness.js";

const axe = path.join(root, "node_modules/axe-core/axe.min.js");
const folder = path.join(root, "screenshots/stack");

export async function looks(page, name) {
  mkdirSync(folder, { recursive: true });
  await page.evaluate(readFileSync(axe, "utf8"));
  for (const width of [390, 768, 1440]) {
    for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme });
      const where = `${name} at ${width} px, ${colorScheme}`;
      assert.deepEqual(await page.evaluate(cutOff), [], `${where}: something is cut off`);
      const found = await page.evaluate(() => globalThis.axe.run("html", { runOnly: { type: "rule", values: ["color-contrast", "target-size"] }, resultTypes: ["violations"] }));
      assert.deepEqual(found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target)}`), [], where);
      await page.screenshot({ path: path.join(folder, `${name}-${width}-${colorScheme}.png`), fullPage: true });
    }
  }
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.emulateMedia({ colorScheme: "light" });
}
