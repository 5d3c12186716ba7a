// Hostnames whose certificate was asked for in vain. They have no certificate, so they
// are in no list of certificates: without this nobody would see them again.
import { Poll } from "./poll.js";
import { hostnamesOf } from "./job.js";

const readMost = 200; // failed jobs, newest first
const togetherFor = 10_000;
const hidden = "certgate:put-aside"; // in this browser: {hostname: id of the job}

const asked = new Set(["AddCertificateFunctions", "ImportCertificateFunctions"]);

// Failures reads the failed jobs at the start and when a job has ended. It says
// "change".
export class Failures extends EventTarget {
  #running;
  #wait = 0;

  constructor(api, running) {
    super();
    this.#running = running;
    this.poll = new Poll(async (signal) => {
      const { data, next } = await api.get(`instances?runtimeStatus=Failed&top=${readMost}`, { signal });
      return { jobs: data, more: Boolean(next) };
    }, { share: "failures" });
    this.poll.addEventListener("change", () => this.dispatchEvent(new Event("change")));
  }

  get more() { return Boolean(this.poll.data?.more); }

  start() {
    this.#running.addEventListener("ended", this.#ended);
    this.poll.start();
  }

  stop() {
    clearTimeout(this.#wait);
    this.#wait = 0;
    this.#running.removeEventListener("ended", this.#ended);
    this.poll.stop();
  }

  #ended = ({ detail: { job } }) => {
    if (job && job.runtimeStatus !== "Failed" && job.runtimeStatus !== "Completed") return;
    this.#wait ||= setTimeout(() => {
      this.#wait = 0;
      this.poll.refresh();
    }, (this.poll.data?.jobs.length ?? 0) > 50 ? togetherFor * 3 : job ? 0 : togetherFor);
  };

  // open are the newest failed job of each hostname that has no certificate, is not
  // being tried again, and was not put aside here. A certificate of several goes by the
  // first one.
  open(certificates, running) {
    const has = new Set(certificates.flatMap((c) => (c.state === "retired" ? [] : c.hostnames ?? [])));
    const tried = new Set(running.flatMap(hostnamesOf));
    const aside = putAside();
    const found = new Map();
    for (const job of this.poll.data?.jobs ?? []) {
      const hostname = asked.has(job.name) && hostnamesOf(job)[0];
      if (!hostname || has.has(hostname) || tried.has(hostname) || found.has(hostname) || aside[hostname] === job.instanceId) continue;
      found.set(hostname, job);
    }
    return [...found].map(([hostname, job]) => ({ hostname, job }));
  }
}

// hide puts failures aside in this browser, until the next one for the hostname.
export function hide(open) {
  localStorage.setItem(hidden, JSON.stringify({ ...putAside(), ...Object.fromEntries(open.map(({ hostname, job }) => [hostname, job.instanceId])) }));
}

function putAside() {
  try {
    return JSON.parse(localStorage.getItem(hidden) ?? "{}");
  } catch {
    return {};
  }
}
