// Who is signed in, and what happens when that ends while the page is open.

// Each role may do what the ones before it may.
const ladder = ["reader", "operator", "admin"];

// Where an expired session can be renewed without a sign-in: App Service has
// this address, Static Web Apps has not and answers 404. It answers 403 if the
// provider gives no new token though the session itself is still good.
const refreshAddress = "/.auth/refresh";

// A session that has just been refreshed and is refused again is over.
const refreshPause = 60_000;

export class Session extends EventTarget {
  #fetch;
  #refreshedAt = -Infinity;
  #refreshing = null;
  #cannot = false; // this platform renews no session
  stale = false; // the session lives on, and is refused
  name = "";
  roles = [];
  over = false;

  /** @param {typeof fetch} fetcher */
  constructor(fetcher = (...args) => fetch(...args)) {
    super();
    this.#fetch = fetcher;
  }

  // load reads who is signed in. Static Web Apps tells in one form, App Service in
  // another; without its token store App Service does not tell at all, and then the
  // API does. Without an answer nobody is known to have a role: the API decides anyway.
  async load() {
    const reply = await this.#fetch("/.auth/me", { redirect: "manual", headers: { accept: "application/json" } });
    const person = known(reply.ok ? await reply.json().catch(() => null) : null) ?? (reply.status === 404 ? await this.#ask() : null);
    this.name = person?.name ?? "";
    this.roles = person?.roles ?? [];
    this.dispatchEvent(new Event("change"));
    return Boolean(person);
  }

  async #ask() {
    const reply = await this.#fetch("/api/me", { redirect: "manual", headers: { accept: "application/json" } });
    const me = reply.ok ? await reply.json().catch(() => null) : null;
    return me && { name: withoutProvider(me.name), roles: [me.role] };
  }

  // can tells whether the person holds this role or a higher one.
  can(role) {
    return ladder.slice(ladder.indexOf(role)).some((held) => this.roles.includes(held));
  }

  // refresh tries once to renew the session and reports whether a refused
  // request is worth a second try. Requests refused together share one try.
  refresh() {
    if (this.over || this.#cannot || Date.now() - this.#refreshedAt < refreshPause) return Promise.resolve(false);
    this.#refreshing ??= this.#fetch(refreshAddress, { redirect: "manual" })
      .then((reply) => {
        if (reply.status === 404) this.#cannot = true; // Static Web Apps: no use in asking at each expiry
        // The session lives, its tokens cannot be renewed: signing in again would come
        // back to the same stale session. Only signing out first helps.
        this.stale = reply.status === 403;
        return reply.status === 200;
      }, () => false)
      .then((renewed) => {
        if (renewed) this.#refreshedAt = Date.now();
        return renewed;
      })
      .finally(() => { this.#refreshing = null; });
    return this.#refreshing;
  }

  // back takes note of a new sign-in in another tab.
  back() {
    this.over = this.stale = false;
    this.#refreshedAt = -Infinity;
  }

  // end says, once, that only a new sign-in helps.
  end() {
    if (this.over) return;
    this.over = true;
    this.dispatchEvent(new Event("over"));
  }
}

// known reads the answer of /.auth/me: {clientPrincipal} of Static Web Apps, or the
// array of App Service.
function known(answer) {
  if (Array.isArray(answer)) {
    const [person] = answer;
    const claims = person?.user_claims ?? [];
    const values = (...kinds) => claims.filter(({ typ }) => kinds.includes(typ)).map(({ val }) => val);
    return person ? { name: values("preferred_username", "name", mailClaim)[0] ?? person.user_id ?? "", roles: values("roles", roleClaim) } : null;
  }
  const person = answer?.clientPrincipal;
  return person ? { name: person.userDetails ?? "", roles: person.userRoles ?? [] } : null;
}

const roleClaim = "http://schemas.microsoft.com/ws/2008/06/identity/claims/role";
const mailClaim = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress";

// withoutProvider leaves out who vouches for a name: "aad:ann@example.com".
export const withoutProvider = (name = "") => name.replace(/^(aad|azureActiveDirectory|github|google|twitter|facebook|apple|token):/, "");

// signInAddress is the sign-in page with the way back to this page.
export function signInAddress(here) {
  return `/sign-in.html?post_login_redirect_uri=${encodeURIComponent(here.pathname + here.search)}`;
}
