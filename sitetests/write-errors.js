// Writes errors.json, the error page as data, from docs/errors.md. The page is
// the source; a unit test holds the two together.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const file = (path) => fileURLToPath(new URL(path, import.meta.url));

// Replies of the API bring their fix along; a job brings its code alone.
const leftOut = ["HTTP", "Imported certificates"];

// parse reads the sections of the page: a heading is a code, the text is what it
// means, and what follows **Fix:** is the fix.
export function parse(markdown) {
  const plain = (text) => text.replace(/\[([^\]]+)\]\([^)]*\)/g, "$1").replace(/[*`]/g, "").replace(/\s+/g, " ").trim();
  const errors = {};
  const chapters = markdown.split(/^## /m).slice(1).filter((chapter) => !leftOut.includes(chapter.split("\n")[0].trim()));
  for (const section of chapters.flatMap((chapter) => chapter.split(/^### /m).slice(1))) {
    const [code, ...rest] = section.split("\n");
    const [means, fix = ""] = rest.join("\n").split("**Fix:**");
    errors[code.trim()] = { means: plain(means), fix: plain(fix).replace(/^./, (c) => c.toUpperCase()) };
  }
  return errors;
}

export const written = () => `${JSON.stringify(parse(readFileSync(file("../docs/errors.md"), "utf8")), null, 1)}\n`;
export const stored = () => readFileSync(file("../static/errors.json"), "utf8");

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(file("../static/errors.json"), written());
