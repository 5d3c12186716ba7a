// A job's history as rows: which steps its flow has, where it stands, how long each
// step took and what was said there.
import { active, stepTitle, stepsOf } from "./job-words.js";

// timeline turns the history into the steps of the flow in order, then the clean-up
// that was needed. Each has a state: done, current, waiting, failed, stopped, skipped,
// ahead or, once there is no going on, unreached.
export function timeline(job, now = Date.now()) {
  const events = job.historyEvents ?? [];
  const broken = events.findIndex((e) => e.EventType === "Failed" || e.EventType === "Terminated");
  const main = broken < 0 ? events : events.slice(0, broken + 1);
  const after = broken < 0 ? [] : events.slice(broken + 1);
  const current = active(job) ? job.customStatus?.status : null;
  const stopped = broken < 0 ? null : events[broken];
  const steps = rows(main, stepsOf(job.name) ?? [], broken < 0 ? current : null, job.createdTime, now, stopped);
  // What was not asked for was not done, though its step is over.
  const revoked = job.output?.revoked ?? job.input?.revoke;
  for (const step of steps) if (step.name === "RevokeCertificateStep" && step.state === "done" && revoked === false) step.state = "skipped";
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
    note(r, e);
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
    Object.assign(r, { state: waits ? "waiting" : "current", seconds: r.seconds + Math.max(0, (now - Date.parse(entered)) / 1000), visits: r.visits + 1 });
    r.from ??= entered;
    // A flow may go back: what comes after the current step is still ahead.
    const at = expected.indexOf(current);
    if (at >= 0) for (const name of expected.slice(at + 1)) byName.get(name).state = "ahead";
  }
  return [...byName.values()];
}

// note keeps what was said; the same words again are counted. The time until the next
// try differs in each, so it does not count as a difference. An event without a
// message is not for people.
function note(r, e) {
  if (!e.Message) return;
  const words = e.Message.replace(/\b(in|for) (\d+(\.\d+)?(h|ms|m|s))+/g, "$1 …");
  const last = r.notes.at(-1);
  if (last?.words === words) Object.assign(last, { text: e.Message, times: last.times + 1, at: e.Timestamp });
  else r.notes.push({ words, text: e.Message, code: e.Error, first: e.Timestamp, at: e.Timestamp, times: 1 });
}

function blank(name) {
  return { name, title: stepTitle(name), state: "ahead", from: null, seconds: 0, attempts: 0, waits: 0, visits: 0, notes: [], code: null };
}
