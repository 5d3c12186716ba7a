// Who is signed in, and what happens when that ends while the page is open.

// Each role may do what the ones before it may.
const ladder = ["reader", "operator", "admin"];

// Where an expired session can be renewed without a sign-in: App Service has
// this address, Static Web Apps has not and answers 404.
const refreshAddress = "/.auth/refresh";

// A session that has just been refreshed and is refused again is over.
const refreshPause = 60_000;

export class Session extends EventTarget {
  #fetch;
  #refreshedAt = -Infinity;
  #refreshing = null;
  name = "";
  roles = [];
  over = false;

  constructor(fetcher = (...args) => fetch(...args)) {
    super();
    this.#fetch = fetcher;
  }

  // load reads who is signed in. Without an answer nobody is known to have a
  // role: the API decides anyway.
  async load() {
    const reply = await this.#fetch("/.auth/me", { redirect: "manual", headers: { accept: "application/json" } });
    const { clientPrincipal: person } = reply.ok ? await reply.json() : {};
    this.name = person?.userDetails ?? "";
    this.roles = person?.userRoles ?? [];
    this.dispatchEvent(new Event("change"));
    return Boolean(person);
  }

  // can tells whether the person holds this role or a higher one.
  can(role) {
    return ladder.slice(ladder.indexOf(role)).some((held) => this.roles.includes(held));
  }

  // refresh tries once to renew the session and reports whether a refused
  // request is worth a second try. Requests refused together share one try.
  refresh() {
    if (this.over || Date.now() - this.#refreshedAt < refreshPause) return Promise.resolve(false);
    this.#refreshing ??= this.#fetch(refreshAddress, { redirect: "manual" })
      .then((reply) => reply.status === 200, () => false)
      .then((renewed) => {
        if (renewed) this.#refreshedAt = Date.now();
        return renewed;
      })
      .finally(() => { this.#refreshing = null; });
    return this.#refreshing;
  }

  // end says, once, that only a new sign-in helps.
  end() {
    if (this.over) return;
    this.over = true;
    this.dispatchEvent(new Event("over"));
  }
}

// signInAddress is the sign-in page with the way back to this page.
export function signInAddress(here) {
  return `/sign-in.html?post_login_redirect_uri=${encodeURIComponent(here.pathname + here.search)}`;
}
