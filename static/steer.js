// What a person can do to a job.
import { h } from "./dom.js";
import { active, subject } from "./steps.js";

const path = (job) => `instances/${encodeURIComponent(job.instanceId)}`;

export const canTerminate = (job) => active(job);
export const canPurge = (job) => !active(job);

// terminate and purge ask first; they answer whether it was done. A refusal is
// said in the status region.
export async function terminate({ api, ask, say }, job) {
  const answer = await ask({
    title: `Terminate ${subject(job)}?`, yes: "Terminate", danger: true,
    text: "The job cleans up what it has begun and ends. What it has finished stays.",
    fields: [h("div", { class: "field" }, h("label", { for: "reason" }, "Reason (shown in the job)"), h("input", { id: "reason", name: "reason", maxlength: 300, autocomplete: "off" }))],
  });
  if (!answer) return false;
  return said(say, "It is ending.", () => api.post(`${path(job)}/terminate?reason=${encodeURIComponent(answer.get("reason"))}`));
}

export async function purge({ api, ask, say }, job) {
  const answer = await ask({
    title: `Purge ${subject(job)}?`, yes: "Purge", danger: true,
    text: "The record of this job with all its steps is removed. The certificate is not touched.",
  });
  if (!answer) return false;
  return said(say, "The record is removed.", () => api.delete(path(job)));
}

// lookAgain makes a step that waits look again now.
export function lookAgain({ api, say }, job) {
  return said(say, "It looks again now.", () => api.post(`${path(job)}/raiseEvent/LookAgain`));
}

async function said(say, sentence, call) {
  try {
    await call();
    say(sentence);
    return true;
  } catch (problem) {
    say([problem.detail ?? problem.message, problem.fix].filter(Boolean).join(" "));
    return false;
  }
}
