// Wiring: session, API, the running jobs, the frame, and a page for each address.
import { Api, Problem } from "./api.js";
import { h } from "./dom.js";
import { Frame } from "./frame.js";
import { problemPanel } from "./problem.js";
import { Router, match } from "./router.js";
import { Running } from "./running.js";
import { Session } from "./session.js";

const main = document.getElementById("main");
const session = new Session();
const api = new Api(session);
const running = new Running(api);
const frame = new Frame(session, running);
let shown = null;

const router = new Router(async (page, id, { moved, current }) => {
  const { default: make } = await import(`./pages/${page}.js`).catch(broken);
  if (!current()) return;
  shown?.stop?.();
  shown = make({ api, session, running, router, say: frame.say, ask: frame.ask }, id);
  document.title = `${shown.title} – certgate`;
  main.replaceChildren(shown.node);
  frame.mark(page);
  frame.follow(shown.poll);
  shown.start?.();
  if (moved) {
    window.scrollTo(0, 0);
    main.focus({ preventScroll: true });
    running.refresh();
  }
});

// A page that cannot be loaded is a session that has ended, or no connection.
async function broken() {
  if (await session.load().catch(() => true) === false) session.end();
  const problem = new Problem("offline", { title: "This page could not be loaded", detail: "Check the connection, then load it again." });
  return { default: () => ({ title: "Not loaded", node: h("div", null, h("h1", null, "certgate"), problemPanel(problem, () => location.reload())) }) };
}

// The page's own code comes while the session is read; if it does not come, the
// router meets the same error.
import(`./pages/${match(location.pathname).page}.js`).catch(() => {});
await session.load().catch(() => {});
running.start();
router.start();
