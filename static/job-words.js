// What a job is called and what it says, in people's words. Steps and flows are those
// of flows.js, which is generated from the program.
import { flows, titles } from "./flows.js";
import { active, hostnamesOf, reason } from "./job.js";

export { active, hostnameOf, hostnamesOf, reason, urgency } from "./job.js";

const words = (name) => name.replace(/(Functions|Function|Step)$/, "").replace(/([a-z0-9])([A-Z])/g, "$1 $2").toLowerCase();
const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1);

export const flowTitle = (name) => flows[name]?.title ?? sentence(words(name || "job"));
export const stepTitle = (name) => titles[name] ?? sentence(words(name ?? ""));
export const stepsOf = (name) => flows[name]?.steps ?? null;

// ending tells whether a job is cleaning up after a failure or a termination.
export const ending = (job) => active(job) && Boolean(job.customStatus?.error);

// How a job fares, for people. "Waiting" is one that has met errors again and again.
const standings = {
  waiting: { kind: "waiting", icon: "clock", label: "Waiting" },
  Pending: { kind: "Running", icon: "clock", label: "Starting" },
  Running: { kind: "Running", icon: "run", label: "Running" },
  Completed: { kind: "Completed", icon: "ok", label: "Done" },
  Failed: { kind: "Failed", icon: "stop", label: "Failed" },
  Terminated: { kind: "Terminated", icon: "off", label: "Stopped" },
  Unknown: { kind: "Failed", icon: "warn", label: "Damaged" }, // what is stored of it cannot be read
};

export function standing(job) {
  if (ending(job)) return { kind: "Failed", icon: "clock", label: "Cleaning up" };
  if (active(job) && job.errors > 1) return standings.waiting;
  return standings[job.runtimeStatus] ?? { kind: "ahead", icon: "help", label: job.runtimeStatus ?? "Unknown" };
}

// nextTry is when a job that waits looks again, in milliseconds; null if it does not wait.
export const nextTry = (job) => (active(job) && job.nextTime ? Date.parse(job.nextTime) : null);

// subject says what the job is about: its hostnames, or else its certificate.
export function subject(job) {
  const names = hostnamesOf(job);
  const name = job.input?.certificate ?? job.input?.certificateName ?? job.input?.name;
  if (!names.length && typeof name === "string" && name.length < 128) names.push(name);
  if (!names.length) return flowTitle(job.name);
  return names.length > 2 ? `${names.length} hostnames: ${names[0]} and others` : names.join(", ");
}

// says is what the job says of itself. Of one that has put a certificate in place its
// output tells that; the published message names a program that nobody here knows. Of a
// request for many that has failed the message is for callers of the API.
export function says(job) {
  if (job.runtimeStatus === "Completed" && job.output?.certificateName && job.output.secretId) return "The certificate is in place.";
  const { total, completed } = job.output ?? {}; // of a request for many
  if (job.name === "TakeOverFunctions" && total && !active(job)) return completed === total ? `All ${total} listeners are taken over.` : `${total - completed} of ${total} listeners were not taken over.`;
  if (job.runtimeStatus === "Completed" && total) return `All ${total} certificates are in place.`;
  if (job.runtimeStatus === "Failed" && total) return `${total - completed} of ${total} certificates were not issued.`;
  return reason(job.customStatus?.message);
}

// childSays is says for one of the jobs of a job of many, which comes without output.
export const childSays = (child) => (child.runtimeStatus === "Completed" ? "The certificate is in place." : says(child));

// certificateOf is the name of the certificate that a job is about, if it says so.
export const certificateOf = (job) => job.output?.certificateName ?? job.input?.certificate ?? null;

// progress is how many steps of how many are done; null for a flow whose steps
// are not known before it ends.
export function progress(job) {
  const list = stepsOf(job.name);
  if (!list) return null;
  if (job.runtimeStatus === "Completed") return { done: list.length, total: list.length };
  const at = list.indexOf(job.customStatus?.status);
  return at < 0 || ending(job) ? null : { done: at, total: list.length };
}

// tally counts children by how they fare.
export function tally(children) {
  const count = (...statuses) => children.filter((child) => statuses.includes(child.runtimeStatus)).length;
  return { total: children.length, completed: count("Completed"), failed: count("Failed"), stopped: count("Terminated"), running: count("Running", "Pending") };
}
