// Every page as a picture in light, dark and phone width, for people to look at:
// screenshots/ at the repository root.
import { after, before, test } from "node:test";
import { mkdirSync } from "node:fs";
import path from "node:path";
import { World, missing, root } from "./harness.js";
import { scenes, settle } from "./scenes.js";

const skip = missing();
const looks = {
  light: { colorScheme: "light" }, dark: { colorScheme: "dark" },
  phone: { colorScheme: "light", viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
};
let world;
before(async () => { if (!skip) world = await World.start(); });
after(() => world?.stop());

for (const [look, options] of Object.entries(looks)) {
  test(`every page can be looked at: ${look}`, { skip }, async () => {
    mkdirSync(path.join(root, "screenshots"), { recursive: true });
    for (const [name, scene] of Object.entries(scenes)) {
      const page = await world.page(scene.roles === undefined ? ["admin"] : scene.roles, options);
      await scene.show(page, world.fixture);
      await settle(page);
      await page.screenshot({ path: path.join(root, "screenshots", `${name}-${look}.png`), fullPage: true });
      await page.context().close();
    }
  });
}
