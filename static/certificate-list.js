// All certificates, loaded a part at a time, kept fresh at a bounded cost.
import { Poll } from "./poll.js";

const pageSize = 1000;
const idleEvery = 600_000; // milliseconds
const hiddenEvery = 900_000;
const togetherFor = 15_000; // ends of jobs within this time are one reading
const perCertificate = 80; // milliseconds until the next full reading, for each of them: a third of a megabyte a minute

// CertificateList says "change" when its list is new or grows. list is null before the
// first page; complete says whether it is all of them.
export class CertificateList extends EventTarget {
  #api;
  #running;
  #wait = 0;
  list = null;
  complete = false;

  constructor(api, running) {
    super();
    this.#api = api;
    this.#running = running;
    this.poll = new Poll((signal) => this.#load(signal), { idle: idleEvery, hidden: hiddenEvery, share: "certificates" });
    this.poll.addEventListener("change", () => {
      if (this.poll.data && this.poll.data !== this.list) [this.list, this.complete] = [this.poll.data, true];
      this.dispatchEvent(new Event("change"));
    });
  }

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

  async #load(signal) {
    const all = [];
    let token = null;
    do {
      const { data, next } = await this.#api.get(`certificates?top=${pageSize}&sort=expiry`, { token, signal });
      all.push(...data.certificates);
      token = next;
      if (token && !this.complete) {
        this.list = [...all];
        this.dispatchEvent(new Event("change"));
      }
    } while (token);
    return all;
  }

  // What a job has changed is read again: that certificate alone if it is known, all of
  // them together if many have ended.
  #ended = async ({ detail: { job } }) => {
    const name = job?.output?.certificateName, hostname = job?.output?.hostname;
    if (!this.list || !this.complete || !name || !hostname) return this.#later();
    const found = await this.#api.get(`certificates?search=${encodeURIComponent(hostname)}&top=20`).then((reply) => reply.data.certificates, () => []);
    const one = found.find((c) => c.name === name);
    if (!one) return this.#later();
    this.list = [...this.list.filter((c) => c.name !== name), one];
    this.dispatchEvent(new Event("change"));
  };

  #later() {
    if (this.#wait) return;
    const rest = (this.poll.at?.getTime() ?? 0) + Math.max(togetherFor, (this.list?.length ?? 0) * perCertificate) - Date.now();
    this.#wait = setTimeout(() => {
      this.#wait = 0;
      this.poll.refresh();
    }, Math.max(0, rest));
  }
}

