// Every page as a picture in light, dark, tablet and phone width, for people to look at:
// screenshots/ at the repository root.
import { mkdirSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { root, world } from "./harness.js";
import { scenes, settle } from "./scenes.js";

const w = world();
const looks = {
  light: { colorScheme: "light", viewport: { width: 1440, height: 900 } }, dark: { colorScheme: "dark", viewport: { width: 1440, height: 900 } },
  tablet: { colorScheme: "light", viewport: { width: 768, height: 1024 } },
  phone: { colorScheme: "light", viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
};

for (const [name, scene] of Object.entries(scenes)) {
  test(`${name} can be looked at`, { skip: w.skip }, async () => {
    mkdirSync(path.join(root, "screenshots"), { recursive: true });
    for (const [look, options] of Object.entries(looks)) {
      const page = await w.page(scene.roles === undefined ? ["admin"] : scene.roles, options);
      await scene.show(page, w.fixture);
      await settle(page);
      await page.screenshot({ path: path.join(root, "screenshots", `${name}-${look}.png`), fullPage: true });
    }
  });
}
