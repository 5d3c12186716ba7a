// The jobs of a job of many: known in full once, then followed in few bytes.
import { Poll } from "./poll.js";
import { active } from "./job-words.js";

const few = 100; // children that are simply asked for in full each time
const toldMost = 100; // children that one reply tells in full
const boardEvery = 3_000;
const letters = { P: "Pending", R: "Running", C: "Completed", F: "Failed", T: "Terminated" };

// boardPoll follows one instance. Its data is the instance; children is kept up to date
// in it. wanted() are the indexes of the children that a person sees just now.
export function boardPoll(api, id, wanted) {
  const path = `instances/${encodeURIComponent(id)}`;
  let whole = null;
  const full = async (signal) => (await api.get(`${path}?showHistory=true&showOutput=true`, { signal })).data;
  const poll = new Poll(async (signal) => {
    if (!whole?.children || whole.children.length <= few || !active(whole)) return (whole = await full(signal));
    const tell = [...new Set([...wanted(), ...unexplained(whole.children)])].slice(0, toldMost);
    const { data } = await api.get(`${path}/children${tell.length ? `?tell=${tell.join()}` : ""}`, { signal });
    if (!["Pending", "Running"].includes(data.runtimeStatus) || data.total !== whole.children.length) return (whole = await full(signal));
    return (whole = { ...whole, children: whole.children.map((child, i) => data.told?.[i] ?? moved(child, letters[data.runtime[i]], data.steps[data.at[i]])) });
  }, { moves: active, pace: (data) => ((data.children?.length ?? 0) > few ? boardEvery : 0) });
  return poll;
}

// moved is the child where it is now; it keeps what it last said if it has not moved.
function moved(child, runtimeStatus, status) {
  if (child.runtimeStatus === runtimeStatus && child.customStatus.status === status) return child;
  return { ...child, runtimeStatus, customStatus: { status, message: "" } };
}

// unexplained are the failed ones that have not said why.
const unexplained = (children) => children.flatMap((child, i) => (child.runtimeStatus === "Failed" && !child.customStatus.message ? [i] : []));
