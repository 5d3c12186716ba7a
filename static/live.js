// Where the installation has Azure Web PubSub, one WebSocket of the page hears of changes.
// It carries nothing that is shown: it makes the polls ask when there is something to see,
// and seldom otherwise. Without it, or when it dies, they ask as ever.
import { active } from "./job.js";

const againFirst = 5_000;
const againMost = 300_000;
const hiddenFor = 60_000; // a page that nobody sees this long holds no connection

export class Live {
  #api;
  #running;
  #page = null;
  #link = null; // {job, socket, lost}: the connection that is there, or is made, now or after a pause
  #pause = againFirst;
  #off = false; // this installation has none
  /** @type {any} */
  #timer;

  constructor(api, running) {
    this.#api = api;
    this.#running = running;
    document.addEventListener("visibilitychange", () => {
      clearTimeout(this.#timer);
      if (document.hidden) this.#timer = setTimeout(() => this.#leave(), hiddenFor);
      else this.#again();
    });
  }

  // follow hears of what this page shows: the page of a job at work of that job, any
  // other of all jobs.
  follow(page) {
    this.#page?.poll?.removeEventListener("change", this.#join);
    this.#page = page;
    if (page?.job) page.poll.addEventListener("change", this.#join);
    this.#join();
  }

  // wanted is the job to hear of, "" for all of them; undefined while that is not known.
  #wanted() {
    if (!this.#page) return undefined;
    const { job, poll } = this.#page;
    if (!job) return "";
    if (!poll.data) return poll.problem ? "" : undefined;
    return active(poll.data) && !poll.data.children?.length ? job : ""; // a job of many moves with its jobs
  }

  #again() {
    if (this.#link?.lost) this.#link = null;
    this.#join();
  }

  #join = async () => {
    const job = this.#wanted();
    if (this.#off || document.hidden || job === undefined || this.#link?.job === job) return;
    this.#leave();
    clearTimeout(this.#timer);
    const link = this.#link = { job, socket: null, lost: false };
    try {
      const { data } = await this.#api.post("live", job ? { instance: job } : {});
      if (this.#link !== link) return;
      const socket = link.socket = new WebSocket(data.url, data.protocol);
      socket.onmessage = () => {
        this.#pause = againFirst;
        this.#tell(true);
      };
      socket.onclose = () => this.#lost(link);
    } catch (problem) {
      if (problem.kind === "unavailable") this.#off = true;
      else this.#lost(link);
    }
  };

  #leave() {
    const link = this.#link;
    if (!link) return;
    this.#link = null;
    link.socket?.close();
    this.#tell(false);
  }

  // lost tries again after growing pauses, each page at a time of its own: a service
  // that comes back meets all pages at once otherwise.
  #lost(link) {
    if (this.#link !== link) return;
    link.lost = true;
    this.#tell(false);
    if (!document.hidden) this.#timer = setTimeout(() => this.#again(), this.#pause * (0.5 + Math.random()));
    this.#pause = Math.min(this.#pause * 2, againMost);
  }

  // tell passes on that something may have changed, and whether the next change is heard.
  #tell(hears) {
    this.#running.poll.hear(hears);
    if (this.#page?.job) this.#page.poll.hear(hears);
  }
}
