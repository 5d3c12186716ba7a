// Addresses are paths; the site serves index.html for each. A page is loaded
// when it is first needed.

const routes = [
  [/^\/(?:certificates)?$/, "certificates"],
  [/^\/certificates\/([^/]+)$/, "certificate"],
  [/^\/add$/, "add"],
  [/^\/import$/, "import"],
  [/^\/jobs$/, "jobs"],
  [/^\/jobs\/([^/]+)$/, "job"],
  [/^\/check$/, "check"],
  [/^\/dns$/, "dns"],
];

export function match(pathname) {
  const path = pathname.replace(/\/$/, "") || "/";
  for (const [pattern, page] of routes) {
    const found = pattern.exec(path);
    if (found) return { page, id: found[1] === undefined ? null : decodeURIComponent(found[1]) };
  }
  return { page: "not-found", id: null };
}

export class Router extends EventTarget {
  #show;
  #turn = 0;

  // show(page, id, moved) renders; moved is false for the first page.
  constructor(show) {
    super();
    this.#show = show;
    window.addEventListener("popstate", () => this.#go(true));
    document.addEventListener("click", (event) => this.#click(event));
  }

  start() { return this.#go(false); }

  // open goes to another address; replace changes the query of this one without
  // a new entry in the history and without rendering.
  open(address) {
    history.pushState(null, "", address);
    return this.#go(true);
  }

  replace(address) { history.replaceState(null, "", address); }

  #click(event) {
    const link = event.target.closest?.("a[href]");
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (!link || !plain || event.defaultPrevented || link.target || link.origin !== location.origin || link.hasAttribute("download")) return;
    if (link.hash && link.pathname === location.pathname) return;
    if (match(link.pathname).page === "not-found") return; // /.auth and whatever else the server has
    event.preventDefault();
    this.open(link.href);
  }

  async #go(moved) {
    const turn = ++this.#turn;
    const { page, id } = match(location.pathname);
    await this.#show(page, id, { moved, current: () => turn === this.#turn });
  }
}
