// Where Chromium is on this machine. Run by itself it says whether there is one.
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

// chromium is its path: what CHROMIUM says, or the first of the usual names on
// PATH; null if there is none.
export function chromium() {
  if (process.env.CHROMIUM) return existsSync(process.env.CHROMIUM) ? process.env.CHROMIUM : null;
  const places = (process.env.PATH ?? "").split(path.delimiter).filter(Boolean);
  return names.flatMap((name) => places.map((place) => path.join(place, name))).find((file) => existsSync(file)) ?? null;
}

export const lack = "Chromium is missing: install it (apt-get install chromium), or set CHROMIUM to its path";

if (process.argv[1] === fileURLToPath(import.meta.url) && !chromium()) {
  console.log(`The site's tests in a browser do not run. ${lack}.`);
  process.exitCode = 1;
}
