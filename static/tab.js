// The tab's title and mark: what a person with thirty tabs sees.
const marks = { quiet: "/favicon.svg", running: "/favicon-running.svg", needed: "/favicon-needed.svg" };
const remembered = "certgate:needing";
const rememberFor = 3_600_000;

let title = "certgate", prefix = "", needed = recall(), running = false;

// name is the page's own title; sign, if any, comes before it: "38/42".
export function nameTab(page, sign = "") {
  [title, prefix] = [page, sign];
  show();
}

// markNeeding says how many things need a person. It is known on the first page only,
// so it is remembered for the others.
export function markNeeding(count) {
  needed = count;
  try {
    localStorage.setItem("certgate:needing", JSON.stringify({ count, at: Date.now() }));
  } catch { /* the mark is a help, no more */ }
  show();
}

export function markRunning(now) {
  running = now;
  show();
}

function recall() {
  try {
    const { count, at } = JSON.parse(localStorage.getItem(remembered) ?? "{}");
    return Date.now() - at < rememberFor ? count : 0;
  } catch {
    return 0;
  }
}

function show() {
  const words = `${needed ? `(${needed}) ` : ""}${prefix ? `${prefix} ` : ""}${title} – certgate`;
  if (document.title !== words) document.title = words;
  const icon = document.querySelector("link[rel=icon]");
  const mark = marks[needed ? "needed" : running ? "running" : "quiet"];
  if (icon && icon.getAttribute("href") !== mark) icon.setAttribute("href", mark);
}
