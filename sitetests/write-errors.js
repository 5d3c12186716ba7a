// Writes static/advice/, the error page as data, from docs/errors.md: a file for each
// code, since a page needs one or two of them. The page is the source; a unit test
// holds the two together.
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const file = (path) => fileURLToPath(new URL(path, import.meta.url));
const folder = file("../static/advice/");

// parse reads the sections of the page: a heading is a code, the text is what it means,
// what follows **Fix:** is the fix, and what follows **On the site:** is that for people
// at the site.
export function parse(markdown) {
  const plain = (text) => text.replace(/\[([^\]]+)\]\([^)]*\)/g, "$1").replace(/[*`]/g, "").replace(/\s+/g, " ").trim();
  const sentence = (text) => plain(text).replace(/^./, (c) => c.toUpperCase());
  const errors = {};
  for (const section of markdown.split(/^## /m).slice(1).flatMap((chapter) => chapter.split(/^### /m).slice(1))) {
    const [code, ...rest] = section.split("\n");
    const [before, people] = rest.join("\n").split("**On the site:**");
    const [means, fix = ""] = before.split("**Fix:**");
    errors[code.trim()] = { means: plain(means), fix: sentence(fix), ...(people ? { people: sentence(people) } : {}) };
  }
  return errors;
}

// written are the files as they should be, stored as they are: {code: text}.
export const written = () => Object.fromEntries(Object.entries(parse(readFileSync(file("../docs/errors.md"), "utf8"))).sort().map(([code, entry]) => [code, `${JSON.stringify(entry, null, 1)}\n`]));
export const stored = () => Object.fromEntries(readdirSync(folder).sort().map((name) => [name.replace(".json", ""), readFileSync(folder + name, "utf8")]));

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const [code, text] of Object.entries(written())) writeFileSync(`${folder}${code}.json`, text);
}
