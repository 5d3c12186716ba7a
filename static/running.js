import { Poll } from "./poll.js";
import { active } from "./job.js";

const listMost = 50; // jobs that are followed; more are counted by nobody at a glance
const lookUpMost = 5; // jobs that ended together and are looked up one by one
const idleEvery = 20_000; // other people's work shows within 30 s
const hiddenEvery = 90_000; // for the tab's title and mark
const perJob = 80; // milliseconds of pause for each job in the answer: half a megabyte a minute at most

// otherWork tells whether the process that answered has started something since: its
// mark is "process.count". Another process has another count.
const otherWork = (before, now) => before !== now && before?.split(".")[0] === now?.split(".")[0];

// Running follows the jobs that have not ended, for every page. It says "change" when
// the list is new, and "ended" for each job that left it, with {job}; with {many} if
// they were too many to look up; and with neither if something has come and gone
// between two looks.
export class Running extends EventTarget {
  #poll;

  constructor(api) {
    super();
    this.#poll = new Poll(async (signal) => {
      const before = this.#poll.data;
      const { data: list, next, activity } = await api.get(`instances?runtimeStatus=Pending,Running&top=${listMost}`, { signal });
      const more = Boolean(next);
      const there = new Set(list.map((job) => job.instanceId));
      const gone = before && !more ? before.list.filter((job) => !there.has(job.instanceId)) : [];
      const known = new Set(before?.list.map((job) => job.instanceId));
      const missed = before && (before.more || (otherWork(before.activity, activity) && !list.some((job) => !known.has(job.instanceId)) && gone.length === 0));
      const ended = gone.length > lookUpMost ? [] : (await Promise.all(gone.map((job) => api.get(`instances/${encodeURIComponent(job.instanceId)}`, { signal }).then((reply) => reply.data, () => null)))).filter((job) => job && !active(job));
      return { list, more, activity, ended, many: gone.length > lookUpMost ? gone.length : 0, missed: Boolean(missed) };
    }, { moves: ({ list }) => list.length > 0, pace: ({ list }) => list.length * perJob, idle: idleEvery, hidden: hiddenEvery, share: "running" });
    this.#poll.addEventListener("change", () => this.#tell());
  }

  get poll() { return this.#poll; }
  get list() { return this.#poll.data?.list ?? []; }
  get more() { return Boolean(this.#poll.data?.more); }
  start() { this.#poll.start(); }
  refresh() { return this.#poll.refresh(); }

  #told = null;

  #tell() {
    this.dispatchEvent(new Event("change"));
    const { data } = this.#poll;
    if (!data || data === this.#told) return;
    this.#told = data;
    for (const job of data.ended) this.dispatchEvent(new CustomEvent("ended", { detail: { job } }));
    if (data.many) this.dispatchEvent(new CustomEvent("ended", { detail: { many: data.many } }));
    else if (data.missed) this.dispatchEvent(new CustomEvent("ended", { detail: {} }));
  }
}
