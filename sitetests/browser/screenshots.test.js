// Every page as a picture in light, dark, tablet and phone width, for people to look at:
// screenshots/ at the repository root.
import { mkdirSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { root, world } from "./harness.js";
import { scenes, settle } from "./scenes.js";

const w = world();
const desk = { width: 1440, height: 900 }, tablet = { width: 768, height: 1024 };
const looks = { light: { scheme: "light", size: desk }, dark: { scheme: "dark", size: desk }, tablet: { scheme: "light", size: tablet } };
const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };

for (const [name, scene] of Object.entries(scenes)) {
  test(`${name} can be looked at`, { skip: w.skip }, async () => {
    mkdirSync(path.join(root, "screenshots"), { recursive: true });
    const roles = scene.roles === undefined ? ["admin"] : scene.roles;
    const show = async (options) => {
      const page = await w.page(roles, options);
      await scene.show(page, w.fixture);
      await settle(page);
      return page;
    };
    const picture = (page, look) => page.screenshot({ path: path.join(root, "screenshots", `${name}-${look}.png`), fullPage: true });
    const page = await show({ viewport: desk });
    for (const [look, { scheme, size }] of Object.entries(looks)) {
      await page.setViewportSize(size);
      await page.emulateMedia({ colorScheme: /** @type {"light" | "dark"} */ (scheme) });
      await picture(page, look);
    }
    await page.context().close();
    await picture(await show(phone), "phone"); // a page of its own: it is laid out otherwise from the start
  });
}
