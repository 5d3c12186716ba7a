// Addresses are paths; the site serves index.html for each. A page is loaded
// when it is first needed.

/** @type {[RegExp, string][]} */
const routes = [
  [/^\/(?:certificates)?$/, "certificates"],
  [/^\/certificates\/([^/]+)$/, "certificate"],
  [/^\/listeners$/, "listeners"],
  [/^\/listeners\/([^/]+)$/, "listener"],
  [/^\/add$/, "add"],
  [/^\/import$/, "import"],
  [/^\/jobs$/, "jobs"],
  [/^\/jobs\/([^/]+)$/, "job"],
  [/^\/check$/, "check"],
  [/^\/issuers$/, "issuers"],
  [/^\/take-over$/, "take-over"],
  [/^\/dns$/, "look-up"],
  [/^\/hostnames$/, "look-up"],
  [/^\/hostnames\/([^/]+)$/, "hostname"],
];

export function match(pathname) {
  const path = pathname.replace(/\/$/, "") || "/";
  for (const [pattern, page] of routes) {
    const found = pattern.exec(path);
    if (found) return found[1] === undefined ? { page, id: null } : named(page, found[1]);
  }
  return { page: "not-found", id: null };
}

// A mistyped escape in a link is an address at which there is nothing.
function named(page, id) {
  try {
    return { page, id: decodeURIComponent(id) };
  } catch {
    return { page: "not-found", id: null };
  }
}

export class Router extends EventTarget {
  #show;
  #turn = 0;

  // show(page, id, {moved, back}) renders; moved is false for the first page, back is
  // where the page was scrolled to when it was left, or null.
  constructor(show) {
    super();
    this.#show = show;
    history.scrollRestoration = "manual"; // the browser's own way comes before the page has its rows
    window.addEventListener("popstate", (event) => this.#go({ moved: true, back: event.state?.scroll ?? 0 }));
    document.addEventListener("click", (event) => this.#click(event));
    window.addEventListener("pagehide", () => this.#leave());
    // Going back changes the address before anybody can note where the page was.
    let noted = 0;
    window.addEventListener("scroll", () => {
      clearTimeout(noted);
      noted = setTimeout(() => this.#leave(), 120);
    }, { passive: true });
  }

  start() { return this.#go({ moved: false, back: history.state?.scroll ?? null }); }

  // open goes to another address; replace changes the query of this one without
  // a new entry in the history and without rendering.
  open(address) {
    this.#leave();
    history.pushState(null, "", address);
    return this.#go({ moved: true, back: null });
  }

  replace(address) { history.replaceState(history.state, "", address); }

  #leave() { history.replaceState({ scroll: window.scrollY }, ""); }

  #click(event) {
    const link = event.target.closest?.("a[href]");
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (!link || !plain || event.defaultPrevented || link.target || link.origin !== location.origin || link.hasAttribute("download")) return;
    if (link.hash && link.pathname === location.pathname) return;
    if (match(link.pathname).page === "not-found") return; // /.auth and whatever else the server has
    event.preventDefault();
    this.open(link.href);
  }

  async #go(how) {
    const turn = ++this.#turn;
    const { page, id } = match(location.pathname);
    await this.#show(page, id, { ...how, current: () => turn === this.#turn });
  }
}
