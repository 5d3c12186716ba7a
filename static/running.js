import { Poll } from "./store.js";
import { active } from "./steps.js";

const listMost = 200; // jobs that are followed; more are counted by nobody at a glance
const lookUpMost = 5; // jobs that ended together and are looked up one by one

// Running follows the jobs that have not ended, for every page: it asks again
// while there is one. It says "change" when the list is new, and "ended" for each
// job that left it, with {job}; with {many} if they were too many to look up, and
// with neither after a time in which there were more than are followed.
export class Running extends EventTarget {
  #api;
  #known = new Map();
  #hadMore = false;
  more = false; // there are more than list has
  #poll;

  constructor(api) {
    super();
    this.#api = api;
    this.#poll = new Poll(async (signal) => {
      const { data, next } = await api.get(`instances?runtimeStatus=Pending,Running&top=${listMost}`, { signal });
      [this.#hadMore, this.more] = [this.more, Boolean(next)];
      return data;
    }, (list) => list.length > 0);
    this.#poll.addEventListener("change", () => this.#compare());
  }

  get poll() { return this.#poll; }
  get list() { return this.#poll.data ?? []; }
  start() { this.#poll.start(); }
  refresh() { return this.#poll.refresh(); }

  async #compare() {
    if (this.#poll.problem || !this.#poll.data) return this.dispatchEvent(new Event("change"));
    const now = new Map(this.list.map((job) => [job.instanceId, job]));
    const gone = [...this.#known.values()].filter((job) => !now.has(job.instanceId));
    this.#known = now;
    this.dispatchEvent(new Event("change"));
    if (this.more) return; // a job that is not in the list may have been pushed out of it
    if (this.#hadMore) return this.dispatchEvent(new CustomEvent("ended", { detail: {} }));
    if (!gone.length) return;
    if (gone.length > lookUpMost) return this.dispatchEvent(new CustomEvent("ended", { detail: { many: gone.length } }));
    for (const job of gone) {
      const ended = await this.#api.get(`instances/${encodeURIComponent(job.instanceId)}`).then((reply) => reply.data, () => null);
      if (ended && !active(ended)) this.dispatchEvent(new CustomEvent("ended", { detail: { job: ended } }));
    }
  }
}
