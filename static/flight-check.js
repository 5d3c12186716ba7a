// What is known of hostnames before anything is asked for them. Looks are made a
// hundred hostnames at a time, one after the other, and kept.
const atOnce = 100;

// wish is what is asked for of a hostname. No authority proves a wildcard but by DNS.
export const wish = (hostname, validation) => ({ hostname, ...(validation && !hostname.startsWith("*.") ? { validation } : {}) });

export class FlightCheck extends EventTarget {
  #api;
  #stop = new AbortController();
  #queue = [];
  #busy = false;
  #validation = ""; // that was wished for when they were looked at
  reports = new Map(); // by hostname
  failed = new Set(); // no answer: hostnames that nothing is known of
  room = undefined; // how many more hostnames the gateway takes; null if it does not say

  constructor(api) {
    super();
    this.#api = api;
  }

  // look asks about the hostnames of which nothing is known yet: whether they can be proved
  // as wished.
  look(hostnames, validation = "") {
    if (validation !== this.#validation) {
      this.reports.clear();
      this.failed.clear();
    }
    this.#validation = validation;
    this.#queue = hostnames.filter((name) => !this.reports.has(name) && !this.failed.has(name));
    this.#run();
  }

  // again forgets what was found of them and looks once more.
  again(hostnames) {
    for (const name of hostnames) {
      this.reports.delete(name);
      this.failed.delete(name);
    }
    this.look([...hostnames, ...this.#queue], this.#validation);
  }

  // waiting tells whether a hostname is still to be looked at.
  waiting(hostname) { return this.#queue.includes(hostname) || this.#asked.has(hostname); }

  get busy() { return this.#busy; }

  stop() { this.#stop.abort(); }

  #asked = new Set();

  async #run() {
    if (this.#busy) return;
    this.#busy = true;
    this.dispatchEvent(new Event("change"));
    while (this.#queue.length && !this.#stop.signal.aborted) {
      const part = this.#queue.splice(0, atOnce);
      const validation = this.#validation;
      this.#asked = new Set(part);
      try {
        const { data } = await this.#api.post("preflight", { hostnames: part.map((hostname) => wish(hostname, validation)) }, { signal: this.#stop.signal });
        this.room = data.room?.hostnames ?? null;
        if (validation !== this.#validation) continue; // another way was chosen meanwhile
        for (const report of data.hostnames) {
          if (report.looked) this.reports.set(report.hostname, report);
          else this.failed.add(report.hostname);
        }
      } catch (problem) {
        if (this.#stop.signal.aborted) return;
        for (const name of part) this.failed.add(name);
        // An entry that the API does not take is told when it is sent; the others of
        // this part can still be looked at.
        const good = part.filter((_, i) => !problem.refusals?.some((refusal) => refusal.index === i));
        if (problem.refusals?.length && good.length) {
          for (const name of good) this.failed.delete(name);
          this.#queue.unshift(...good);
        }
      }
      this.#asked = new Set();
      this.dispatchEvent(new Event("change"));
    }
    this.#busy = false;
    this.dispatchEvent(new Event("change"));
  }
}
