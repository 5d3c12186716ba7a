// Calls of certgate's API. A call answers {status, data, next} or throws a
// Problem, which says in its kind what the page should make of it.

// How long a call may take: the platform gives up after 45 s; a page that woke
// from sleep must not wait for an answer to a connection that is gone.
const patience = 20_000;

// The kinds: "problem" has the API's own words; "unavailable" is an endpoint that
// this version does not have; "offline" may pass by itself; "signedOut" does not.
export class Problem extends Error {
  constructor(kind, { title, detail, fix, code, status } = {}) {
    super(detail || title || "Something went wrong.");
    Object.assign(this, { kind, title, detail, fix, code, status });
  }
}

export class Api {
  #session;
  #fetch;

  constructor(session, fetcher = (...args) => fetch(...args)) {
    this.#session = session;
    this.#fetch = fetcher;
  }

  get(path, options) { return this.#call("GET", path, options); }
  post(path, body, options) { return this.#call("POST", path, { ...options, body }); }
  delete(path, options) { return this.#call("DELETE", path, options); }

  async #call(method, path, { body, token, signal } = {}) {
    let reply = await this.#send(method, path, body, token, signal);
    if (signedOut(reply)) {
      if (await this.#session.refresh()) reply = await this.#send(method, path, body, token, signal);
      if (signedOut(reply)) {
        this.#session.end();
        throw new Problem("signedOut", { title: "Your session has ended", detail: "Sign in again to go on.", status: 401 });
      }
    }
    const data = await content(reply);
    if (reply.ok) return { status: reply.status, data, next: reply.headers.get("x-ms-continuation-token") };
    throw refusal(method, reply.status, data);
  }

  async #send(method, path, body, token, signal) {
    const headers = { accept: "application/json" };
    if (token) headers["x-ms-continuation-token"] = token;
    if (body !== undefined) headers["content-type"] = "application/json";
    const limit = AbortSignal.timeout(patience);
    try {
      return await this.#fetch(`/api/${path}`, {
        method, headers, redirect: "manual", cache: "no-store",
        body: body === undefined ? undefined : JSON.stringify(body),
        signal: signal ? AbortSignal.any([signal, limit]) : limit,
      });
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new Problem("offline", { title: "No connection", detail: "certgate could not be reached. This page tries again by itself." });
    }
  }
}

// What people read over the API's own words; its title is that of the status.
const titles = { 404: "Not found", 409: "Not possible now", 410: "Not possible any more", 413: "This is too large" };

// The platform answers a signed-out call with 401 or, as some configurations
// have it, with a redirect to a sign-in page.
function signedOut(reply) {
  return reply.status === 401 || reply.type === "opaqueredirect" || (reply.status >= 300 && reply.status < 400);
}

async function content(reply) {
  const text = await reply.text().catch(() => "");
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    return null; // a page of the platform, not an answer of the API
  }
}

// refusal turns an error reply into a Problem. A route that is not there is no
// error of the person: another version of the API has it.
function refusal(method, status, data) {
  const problem = data && typeof data === "object" && !Array.isArray(data) ? data : null;
  const missing = status === 501 || (status === 405 && method !== "GET") || (status === 404 && (!problem?.code || problem.code === "RouteNotFound"));
  if (missing) {
    return new Problem("unavailable", { title: "Not available in this version", detail: "This version of certgate does not offer this yet.", status });
  }
  if (!problem?.code && (status === 502 || status === 503 || status === 504 || status === 429)) {
    return new Problem("offline", { title: "certgate does not answer", detail: "The service is starting or busy. This page tries again by itself.", status });
  }
  if (status === 403) {
    const { detail, fix, code } = problem ?? {};
    return new Problem("problem", {
      title: "Your role does not allow this", status, code,
      detail: detail ?? "The call was refused.", fix: fix ?? "Ask an admin of certgate for the role.",
    });
  }
  return new Problem("problem", {
    title: titles[status] ?? (status >= 500 ? "certgate could not do this" : "This was not accepted"), detail: problem?.detail ?? `The service answered with status ${status}.`,
    fix: problem?.fix, code: problem?.code, status,
  });
}
