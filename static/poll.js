// A Poll holds what one call last answered and asks again by itself: often while
// something moves, seldom while nothing does.

const liveEvery = 1_500; // with the call's own time, a change shows within 2 s
const retryFirst = 2_000;
const retryMost = 30_000;
const heardEvery = 30_000; // where changes are heard of, asking only makes sure
const heldFor = 300; // how long a tab that has asked keeps the others from asking

// The states: "loading" before the first answer; "live" asks again soon; "idle" asks
// seldom, or not at all; "paused" while the page is hidden; "offline" tries again
// with growing pauses; "failed" waits for a person.
export class Poll extends EventTarget {
  #load;
  #moves;
  #pace;
  #idle;
  #hidden;
  #share;
  #channel = null;
  /** @type {any} */
  #timer;
  #busy = null; // controller of the call that is under way
  #again = false;
  #hears = false; // somebody tells of changes
  #news = false; // of which no call has been made
  #askedAt = 0;
  #retry = retryFirst;
  #started = false;
  state = "loading";
  data = undefined;
  problem = null;
  at = null; // when data was answered

  // load(signal) makes the call; moves(data) tells whether the answer will change
  // by itself soon. pace(data) is the least pause before the next call, in
  // milliseconds: a large answer is asked for less often. idle and hidden are the
  // pauses while nothing moves and while nobody sees the page; 0 asks nothing. Tabs
  // with the same share ask once for all of them.
  /**
   * @param {(signal: AbortSignal) => Promise<any>} load
   * @param {{moves?: (data: any) => boolean, pace?: (data: any) => number, idle?: number, hidden?: number, share?: string}} how
   */
  constructor(load, { moves = () => false, pace = () => liveEvery, idle = 0, hidden = 0, share = "" } = {}) {
    super();
    this.#load = load;
    this.#moves = moves;
    this.#pace = pace;
    this.#idle = idle;
    this.#hidden = hidden;
    this.#share = share && globalThis.BroadcastChannel ? `certgate:${share}` : "";
  }

  start() {
    if (this.#started) return this;
    this.#started = true;
    document.addEventListener("visibilitychange", this.#wake);
    window.addEventListener("online", this.#wake);
    window.addEventListener("offline", this.#wake);
    window.addEventListener("pageshow", this.#wake);
    if (this.#share) {
      this.#channel = new BroadcastChannel(this.#share);
      this.#channel.onmessage = ({ data }) => this.#adopt(data);
    }
    this.refresh();
    return this;
  }

  stop() {
    this.#started = false;
    clearTimeout(this.#timer);
    this.#busy?.abort();
    this.#channel?.close();
    document.removeEventListener("visibilitychange", this.#wake);
    window.removeEventListener("online", this.#wake);
    window.removeEventListener("offline", this.#wake);
    window.removeEventListener("pageshow", this.#wake);
  }

  // A hidden page asks seldom; one that is seen again, after however long a sleep,
  // asks at once. So does one whose connection comes or goes: it has to say so.
  #wake = (event) => {
    if (document.hidden) {
      if (this.state === "live" || this.state === "idle") this.#next(this.state);
    } else if (event.type !== "pageshow" || event.persisted) {
      this.refresh();
    }
  };

  // refresh asks now; while a call is under way, once more after it.
  async refresh() {
    if (!this.#started) return;
    if (this.#busy) {
      this.#again = true;
      return;
    }
    await this.#ask();
    if (this.#again && this.#started) {
      this.#again = false;
      this.refresh();
    }
  }

  // hear says whether somebody tells of changes from now on, and that something may have
  // changed. It asks soon, never more often than without; a page that asks nothing by
  // itself goes on asking nothing.
  hear(hears) {
    this.#hears = hears;
    this.#news = true;
    if (!this.#started || this.#busy || document.hidden || this.state !== "live" && !(this.state === "idle" && this.#idle)) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#due, Math.max(0, this.#askedAt + this.#often() - Date.now()));
  }

  // often is the pause while something moves.
  #often() { return Math.max(liveEvery, this.#pace(this.data)); }

  // due is the end of a pause. While another tab is asking the same, this one waits for
  // its answer, and asks itself if none comes.
  #due = async () => {
    if (!this.#share || !navigator.locks) return this.refresh();
    await navigator.locks.request(this.#share, { ifAvailable: true }, async (lock) => {
      if (lock) {
        await this.refresh();
        await new Promise((done) => setTimeout(done, heldFor)); // until the others have the answer
      } else if (this.#started) this.#timer = setTimeout(this.#due, liveEvery);
    });
  };

  async #ask() {
    clearTimeout(this.#timer);
    this.#news = false;
    this.#askedAt = Date.now();
    const call = this.#busy = new AbortController();
    try {
      const data = await this.#load(call.signal);
      if (call.signal.aborted) return;
      Object.assign(this, { data, problem: null, at: new Date() });
      this.#retry = retryFirst;
      this.#channel?.postMessage({ data, at: this.at.getTime() });
      this.#next(this.#moves(data) ? "live" : "idle");
    } catch (error) {
      if (call.signal.aborted) return;
      this.problem = error;
      const passes = error.kind === "offline" || error.status >= 500 && error.kind === "problem";
      this.#next(passes ? "offline" : error.kind === "unavailable" ? "idle" : "failed");
      this.#retry = Math.min(this.#retry * 2, retryMost);
    } finally {
      if (this.#busy === call) this.#busy = null;
    }
  }

  // adopt takes the answer that another tab got.
  #adopt({ data, at }) {
    if (!this.#started || this.#busy || (this.at && at <= this.at)) return;
    Object.assign(this, { data, problem: null, at: new Date(at) });
    this.#next(this.#moves(data) ? "live" : "idle");
  }

  #next(state) {
    clearTimeout(this.#timer);
    const usual = state === "live" ? this.#often() : state === "idle" && !this.problem ? this.#idle : 0;
    const pause = state === "offline" ? this.#retry : !usual || !this.#hears ? usual : this.#news ? this.#often() : Math.max(usual, heardEvery);
    const wait = document.hidden && pause ? this.#hidden && Math.max(this.#hidden, pause) : pause;
    if (wait) this.#timer = setTimeout(this.#due, wait);
    this.state = document.hidden && (state === "live" || state === "offline") ? "paused" : state;
    this.dispatchEvent(new Event("change"));
  }
}
