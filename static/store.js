// A Poll holds what one call last answered and asks again while something moves.

const liveEvery = 1_500; // with the call's own time, a change shows within 2 s
const retryFirst = 2_000;
const retryMost = 30_000;

// The states: "loading" before the first answer; "live" asks again by itself;
// "idle" has nothing to wait for (or nobody who could answer); "paused" while the page is hidden; "offline"
// tries again with growing pauses; "failed" waits for a person.
export class Poll extends EventTarget {
  #load;
  #moves;
  #timer = null;
  #busy = null; // controller of the call that is under way
  #again = false;
  #retry = retryFirst;
  #started = false;
  state = "loading";
  data = undefined;
  problem = null;
  at = null; // when data was answered

  // load(signal) makes the call; moves(data) tells whether the answer will change
  // by itself.
  constructor(load, moves = () => false) {
    super();
    this.#load = load;
    this.#moves = moves;
  }

  start() {
    if (this.#started) return this;
    this.#started = true;
    document.addEventListener("visibilitychange", this.#wake);
    window.addEventListener("online", this.#wake);
    window.addEventListener("pageshow", this.#wake);
    this.refresh();
    return this;
  }

  stop() {
    this.#started = false;
    clearTimeout(this.#timer);
    this.#busy?.abort();
    document.removeEventListener("visibilitychange", this.#wake);
    window.removeEventListener("online", this.#wake);
    window.removeEventListener("pageshow", this.#wake);
  }

  // A hidden page asks nothing; one that is seen again, after however long a
  // sleep, asks at once.
  #wake = (event) => {
    if (document.hidden) {
      clearTimeout(this.#timer);
      if (this.state === "live") this.#become("paused");
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
    clearTimeout(this.#timer);
    const call = this.#busy = new AbortController();
    try {
      const data = await this.#load(call.signal);
      if (call.signal.aborted) return;
      Object.assign(this, { data, problem: null, at: new Date() });
      this.#retry = retryFirst;
      this.#next(this.#moves(data) ? "live" : "idle", liveEvery);
    } catch (error) {
      if (call.signal.aborted) return;
      this.problem = error;
      const passes = error.kind === "offline" || error.status >= 500 && error.kind === "problem";
      this.#next(passes ? "offline" : error.kind === "unavailable" ? "idle" : "failed", this.#retry);
      this.#retry = Math.min(this.#retry * 2, retryMost);
    } finally {
      if (this.#busy === call) this.#busy = null;
    }
    if (this.#again && this.#started) {
      this.#again = false;
      this.refresh();
    }
  }

  #next(state, pause) {
    const goesOn = state === "live" || state === "offline";
    if (goesOn && !document.hidden) this.#timer = setTimeout(() => this.refresh(), pause);
    this.#become(goesOn && document.hidden ? "paused" : state);
  }

  #become(state) {
    this.state = state;
    this.dispatchEvent(new Event("change"));
  }
}
