// What a job's status and history mean: which steps its flow has, where it
// stands, how long each step took and what was said there.

import { flows, titles } from "./flows.js";

const words = (name) => name.replace(/(Functions|Function|Step)$/, "").replace(/([a-z0-9])([A-Z])/g, "$1 $2").toLowerCase();
const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1);

export const flowTitle = (name) => flows[name]?.title ?? sentence(words(name ?? "job"));
export const stepTitle = (name) => titles[name] ?? sentence(words(name));

export const active = (job) => job.runtimeStatus === "Pending" || job.runtimeStatus === "Running";

// subject says what the job is about: its hostnames.
export function subject(job) {
  if (typeof job.input === "string") return job.input;
  const input = job.input ?? {};
  const names = (input.hostnames ?? []).map((entry) => entry.hostname ?? entry);
  if (input.hostname) names.push(input.hostname);
  const name = input.certificate ?? input.certificateName ?? input.name;
  if (!names.length && typeof name === "string" && name.length < 128) names.push(name);
  if (!names.length && job.output?.hostname) names.push(job.output.hostname);
  if (!names.length) return flowTitle(job.name);
  return names.length > 2 ? `${names[0]} and ${names.length - 1} more` : names.join(", ");
}

// says is the job's message for people on the site. The published one for the end
// of an issuance names a program that nobody here has heard of.
export function says(job) {
  const { message = "" } = job.customStatus ?? {};
  return job.runtimeStatus === "Completed" && message.startsWith("Certbot function") ? "The certificate is in place." : message;
}

// certificateOf is the name of the certificate that a job is about, if it says so.
export const certificateOf = (job) => job.output?.certificateName ?? job.input?.certificate ?? null;

// progress is how many steps of how many are done; null for a flow whose steps
// are not known before it ends.
export function progress(job) {
  const list = flows[job.name]?.steps;
  if (job.children?.length) return { done: job.children.filter((child) => !active(child)).length, total: job.children.length };
  if (!list) return null;
  if (job.runtimeStatus === "Completed") return { done: list.length, total: list.length };
  const at = list.indexOf(job.customStatus?.status);
  return at < 0 || ending(job) ? null : { done: at, total: list.length };
}

// ending tells whether a job is cleaning up after a failure or a termination.
export const ending = (job) => active(job) && Boolean(job.customStatus?.error);

// timeline turns the history into rows: the steps of the flow in order, then
// the clean-up that was needed. Each has a state: done, current, waiting, failed,
// stopped, ahead or, once there is no going on, unreached.
export function timeline(job, now = Date.now()) {
  const events = job.historyEvents ?? [];
  const broken = events.findIndex((e) => e.EventType === "Failed" || e.EventType === "Terminated");
  const main = broken < 0 ? events : events.slice(0, broken + 1);
  const after = broken < 0 ? [] : events.slice(broken + 1);
  const current = active(job) ? job.customStatus?.status : null;
  const stopped = broken < 0 ? null : events[broken];
  const steps = rows(main, flows[job.name]?.steps ?? [], broken < 0 ? current : null, job.createdTime, now, stopped);
  if (broken >= 0 || !active(job)) for (const step of steps) if (step.state === "ahead") step.state = "unreached";
  return {
    steps,
    cleanUp: broken < 0 ? [] : rows(after, [], current, stopped.Timestamp, now, null),
  };
}

function rows(events, expected, current, begin, now, stopped) {
  const byName = new Map(expected.map((name) => [name, blank(name)]));
  const row = (name) => byName.get(name) ?? byName.set(name, blank(name)).get(name);
  let entered = begin;
  for (const e of events) {
    if (!e.Name || e.EventType === "Started") continue;
    const r = row(e.Name);
    r.from ??= entered;
    if (e.Message) r.notes.push({ at: e.Timestamp, text: e.Message, code: e.Error });
    if (e.Attempt) r.attempts = Math.max(r.attempts, e.Attempt);
    if (e.EventType === "Waiting") r.waits++;
    if (e.EventType === "StepCompleted" || e === stopped) {
      r.seconds += e.Seconds ?? 0;
      r.visits++;
      entered = e.Timestamp;
    }
    r.state = { StepCompleted: "done", Completed: "done", Failed: "failed", Terminated: "stopped" }[e.EventType] ?? r.state;
    if (e === stopped) r.code = e.Error;
  }
  if (current) {
    const r = row(current);
    const last = events.at(-1);
    const waits = last?.Name === current && (last.EventType === "Waiting" || last.EventType === "Retrying");
    Object.assign(r, { state: waits ? "waiting" : "current", seconds: r.seconds + Math.max(0, (now - new Date(entered)) / 1000), visits: r.visits + 1 });
    r.from ??= entered;
    // A flow may go back: what comes after the current step is still ahead.
    const at = expected.indexOf(current);
    if (at >= 0) for (const name of expected.slice(at + 1)) byName.get(name).state = "ahead";
  }
  return [...byName.values()];
}

function blank(name) {
  return { name, title: stepTitle(name), state: "ahead", from: null, seconds: 0, attempts: 0, waits: 0, visits: 0, notes: [], code: null };
}
