// Wiring: session, API, the running jobs, the frame, and a page for each address.
import { say, tell } from "./announce.js";
import { Api, Problem } from "./api.js";
import { Frame } from "./frame.js";
import { problemPanel } from "./problem.js";
import { Router, match } from "./router.js";
import { Running } from "./running.js";
import { Session } from "./session.js";
import { sheet } from "./sheets.js";
import { nameTab } from "./tab.js";

const main = document.getElementById("main");
const session = new Session();
const api = new Api(session);
const running = new Running(api);
const frame = new Frame(session, running);
let shown = null, live = null;

// ask puts a question and answers its form data, or null for no.
const ask = async (question) => (await import("./ask.js")).ask(question);

const router = new Router(async (page, id, { moved, back, current }) => {
  const [{ default: make }] = await Promise.all([import(`./pages/${page}.js`).catch(broken), style(page)]);
  if (!current()) return;
  shown?.stop?.();
  shown = null;
  try {
    shown = make({ api, session, running, router, say, tell, ask }, id);
    nameTab(shown.title);
    main.replaceChildren(shown.node);
    frame.job = page === "job" ? id : null;
    frame.mark(page);
    frame.follow(shown.poll);
    live?.follow(shown);
    shown.start?.();
  } catch (error) {
    wentWrong(error);
  }
  if (moved) {
    running.refresh();
    const heading = main.querySelector("h1") ?? main;
    heading.tabIndex = -1;
    if (!main.contains(document.activeElement)) heading.focus({ preventScroll: true });
  }
  if (moved || back) scrollTo(back ?? 0);
});

// style adds what a page needs of the style besides app.css.
const sheetsOf = { certificates: ["front"], listeners: ["front", "form", "listeners"], jobs: ["jobs", "detail"], certificate: ["detail"], job: ["detail"] };
const style = (page) => Promise.all((sheetsOf[page] ?? ["detail", "form"]).map(sheet));

// scrollTo goes to where the page was, as soon as it is long enough again.
function scrollTo(top) {
  const there = () => document.documentElement.scrollHeight >= top + innerHeight;
  window.scrollTo(0, top);
  if (there()) return;
  const grows = new ResizeObserver(() => {
    window.scrollTo(0, top);
    if (there()) done();
  });
  const done = () => {
    grows.disconnect();
    for (const kind of ["wheel", "keydown", "pointerdown", "touchstart"]) removeEventListener(kind, done);
  };
  for (const kind of ["wheel", "keydown", "pointerdown", "touchstart"]) addEventListener(kind, done, { once: true });
  grows.observe(main);
  setTimeout(done, 5_000);
}

// A page that cannot be loaded is a session that has ended, or no connection.
async function broken() {
  if (await session.load().catch(() => true) === false) session.end();
  const again = () => location.reload();
  window.addEventListener("online", again, { once: true });
  const problem = new Problem("offline", { title: "This page could not be loaded", detail: "There is no connection to the site. The page loads by itself when there is one again." });
  return { default: () => ({ title: "Not loaded", node: titled("Not loaded", problemPanel(problem, again)), stop: () => window.removeEventListener("online", again) }) };
}

function titled(text, ...inside) {
  const node = document.createElement("div"), heading = document.createElement("h1");
  heading.textContent = text;
  node.append(heading, ...inside);
  return node;
}

// Whatever goes wrong in a page is said on it, in place of what it was to show.
let wrong = null;
function wentWrong(error) {
  if (error?.kind === "signedOut" || error?.name === "AbortError") return;
  console.error(error);
  if (wrong?.isConnected) return;
  const problem = new Problem("problem", { title: "This page has met a fault of its own", detail: "What it shows may be incomplete. certgate itself is not concerned.", fix: "Load the page again. If it stays, tell whoever runs certgate what you did, with this: " + String(error?.message ?? error) });
  wrong = problemPanel(problem, () => location.reload());
  if (!main.querySelector("h1") || /Loading …/.test(main.textContent)) main.replaceChildren(titled("Something went wrong", wrong));
  else main.prepend(wrong);
}
window.addEventListener("error", (event) => wentWrong(event.error));
window.addEventListener("unhandledrejection", (event) => wentWrong(event.reason));

// The page's own code comes while the session is read; if it does not come, the
// router meets the same error. The others come when nothing else is to be done, so that
// they are there without a connection.
const first = match(location.pathname).page;
import(`./pages/${first}.js`).catch(() => {});
style(first);
await session.load().catch(() => {});
running.start();
router.start();
const idle = globalThis.requestIdleCallback ?? ((work) => setTimeout(work, 3_000));
const later = ["ask", "card-actions", "edit-names", "job-words", "message", "options-form", "pictures/expiry", ...["certificates", "certificate", "listeners", "listener", "take-over", "hostname", "jobs", "job", "job-board", "job-steps", "add", "import", "check", "issuers", "look-up", "not-found"].filter((page) => page !== first).map((page) => `pages/${page}`)];
idle(() => {
  ["front", "timeline", "listeners", "jobs", "detail", "form"].forEach(sheet);
  for (const module of later) import(`./${module}.js`).catch(() => {});
  import("./live.js").then(({ Live }) => { (live = new Live(api, running)).follow(shown); }).catch(() => {});
  import("./release.js").then(async ({ release }) => { document.getElementById("release").textContent = await release(api); }).catch(() => {});
}, { timeout: 10_000 });
