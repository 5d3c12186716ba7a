// Calls of certgate's API. A call answers {status, data, next} or throws a
// Problem, which says in its kind what the page should make of it.

// How long a call may take: the platform gives up after 45 s; a page that woke
// from sleep must not wait for an answer to a connection that is gone.
const patience = 20_000;
const patienceForLooks = 40_000; // a look at many hostnames takes up to 30 s

// How many answers are kept to be asked for again with their ETag.
const keptMost = 40;

// The kinds: "problem" has the API's own words; "unavailable" is an endpoint that
// this version does not have; "offline" may pass by itself; "unsent" is a change that
// nobody knows to have arrived, which only a person repeats; "signedOut" is over.
export class Problem extends Error {
  /**
   * @param {"problem" | "unavailable" | "offline" | "unsent" | "signedOut"} kind
   * @param {{title?: string, detail?: string, fix?: string, code?: string, status?: number, refusals?: {index: number, detail: string}[]}} said
   */
  constructor(kind, { title, detail, fix, code, status, refusals } = {}) {
    super(detail || title || "Something went wrong.");
    this.kind = kind;
    this.title = title;
    this.detail = detail;
    this.fix = fix;
    this.code = code;
    this.status = status;
    this.refusals = refusals ?? []; // {index, detail} for each entry that was not taken
  }
}

export class Api {
  #session;
  #fetch;
  #kept = new Map(); // by path and token: {etag, status, data, next}

  /** @param {typeof fetch} fetcher */
  constructor(session, fetcher = (...args) => fetch(...args)) {
    this.#session = session;
    this.#fetch = fetcher;
  }

  /** @returns {Promise<{status: number, data: any, next: string | null, activity: string | null}>} */
  get(path, options) { return this.#call("GET", path, options); }

  // file reads an answer that is a file for people.
  async file(path) {
    const reply = await this.#send("GET", path);
    if (signedOut(reply)) {
      this.#session.end();
      throw new Problem("signedOut", { status: 401 });
    }
    if (!reply.ok) throw refusal("GET", reply.status, await content(reply));
    return reply.text();
  }

  post(path, body, options) { return this.#call("POST", path, { ...options, body }); }
  put(path, body, options) { return this.#call("PUT", path, { ...options, body }); }
  delete(path, options) { return this.#call("DELETE", path, options); }

  /**
   * @param {string} method
   * @param {string} path
   * @param {{body?: object, token?: string | null, signal?: AbortSignal}} how
   */
  async #call(method, path, { body, token, signal } = {}) {
    const key = `${token ?? ""} ${path}`;
    const kept = method === "GET" ? this.#kept.get(key) : undefined;
    let reply = await this.#send(method, path, body, token, signal, kept?.etag);
    if (signedOut(reply)) {
      if (await this.#session.refresh()) reply = await this.#send(method, path, body, token, signal, kept?.etag);
      if (signedOut(reply)) {
        this.#session.end();
        throw new Problem("signedOut", { title: "Your session has ended", detail: "Sign in again to go on.", status: 401 });
      }
    }
    const activity = reply.headers.get("x-certgate-activity");
    if (kept && reply.status === 304) return { ...kept, activity };
    const data = await content(reply);
    if (!reply.ok) throw refusal(method, reply.status, data);
    if (method === "GET" && data === null) throw new Problem("problem", { title: "The answer could not be read", detail: "certgate answered with something that is no data of its API.", fix: "Try again. If it stays, somebody may have changed what stands between this page and certgate.", status: 502 });
    const answer = { status: reply.status, data, next: reply.headers.get("x-ms-continuation-token"), etag: reply.headers.get("etag") };
    if (method === "GET" && answer.etag) this.#keep(key, answer);
    return { ...answer, activity };
  }

  #keep(key, answer) {
    this.#kept.delete(key);
    this.#kept.set(key, answer);
    if (this.#kept.size > keptMost) this.#kept.delete(this.#kept.keys().next().value);
  }

  async #send(method, path, body = undefined, token = null, signal = undefined, etag = undefined) {
    const headers = { accept: "application/json" };
    if (token) headers["x-ms-continuation-token"] = token;
    if (etag) headers["if-none-match"] = etag;
    if (body !== undefined) headers["content-type"] = "application/json";
    const limit = AbortSignal.timeout(path.startsWith("preflight") || path.startsWith("hostnames") || body?.dryRun ? patienceForLooks : patience);
    try {
      return await this.#fetch(`/api/${path}`, {
        method, headers, redirect: "manual", cache: "no-store",
        body: body === undefined ? undefined : JSON.stringify(body),
        signal: signal ? AbortSignal.any([signal, limit]) : limit,
      });
    } catch (error) {
      if (signal?.aborted) throw error;
      throw isQuestion(method, path, body) ? unanswered() : unsent(limit.aborted);
    }
  }
}

// A question may be put again by the page, a change only by a person.
const isQuestion = (method, path, body) => method === "GET" || path.startsWith("preflight") || Boolean(body?.dryRun);
const unanswered = () => new Problem("offline", { title: "No connection", detail: "certgate could not be reached. This page tries again by itself." });

const unsent = (late) => new Problem("unsent", late
  ? { title: "No answer", detail: "certgate did not answer in time. What you asked for may have arrived.", fix: "Look at Jobs first. If nothing is there, press the button again; asking twice for a certificate starts it once." }
  : { title: "Not sent", detail: "There was no connection to certgate, so nothing was sent.", fix: "Press the button again when you are connected." });

// What people read over the API's own words; its title is that of the status.
const titles = { 404: "Not found", 409: "Not possible now", 410: "Not possible any more", 413: "This is too large" };

// Sentences of the API in words that this site has: it knows jobs, not instances.
const sentences = {
  InstanceNotFound: "This job is not on record.", InstanceEnded: "The job has ended.", InstanceStillRunning: "The job has not ended yet.",
  CertificateBusy: "Another job is at work on this hostname. Nothing was changed.",
};

// The platform answers a signed-out call with 401 or, as some configurations
// have it, with a redirect to a sign-in page.
function signedOut(reply) {
  return reply.status === 401 || reply.type === "opaqueredirect" || (reply.status >= 300 && reply.status < 400 && reply.status !== 304);
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
    const title = "certgate does not answer";
    return method === "GET" ? new Problem("offline", { title, detail: "The service is starting or busy. This page tries again by itself.", status })
      : new Problem("unsent", { title, detail: "The service is starting or busy.", fix: "Wait a minute, look at Jobs, then press the button again.", status });
  }
  if (status === 403) {
    const { detail, fix, code } = problem ?? {};
    return new Problem("problem", {
      title: "Your role does not allow this", status, code,
      detail: detail ?? "The call was refused.", fix: fix ?? "Ask an admin of certgate for the role.",
    });
  }
  return new Problem("problem", {
    title: titles[status] ?? (status >= 500 ? "certgate could not do this" : "This was not accepted"), detail: sentences[problem?.code] ?? problem?.detail ?? `The service answered with status ${status}.`,
    fix: problem?.fix, code: problem?.code, refusals: problem?.refusals, status,
  });
}
