// What a person may do with a job: stop it, take its record off the list, make it look
// again, ask once more for what failed.
import { active, subject } from "./job-words.js";
import { html } from "./html.js";

const path = (job) => `instances/${encodeURIComponent(job.instanceId)}`;

// stop and remove ask first; they answer whether it was done. A refusal is said in the
// status region.
export async function stop({ api, ask, say }, job) {
  const answer = await ask({
    title: `Stop ${subject(job)}?`, yes: "Stop", danger: true,
    text: "The job cleans up what it has begun and ends. What it has finished stays.",
    fields: html`<div class="field"><label for="reason">Reason (shown in the job)</label><input id="reason" name="reason" maxlength="300" autocomplete="off"></div>`,
  });
  if (!answer) return false;
  return said(say, "It is stopping.", () => api.post(`${path(job)}/terminate?reason=${encodeURIComponent(answer.get("reason"))}`));
}

export async function remove({ api, ask, say }, job) {
  const answer = await ask({
    title: `Remove ${subject(job)} from the list?`, yes: "Remove", danger: true,
    text: "The record of this job with all its steps is deleted. The certificate is not touched.",
  });
  if (!answer) return false;
  return said(say, "The record is removed.", () => api.delete(path(job)));
}

// lookAgain makes a step that waits look again now.
export function lookAgain({ api, say }, job) {
  return said(say, "It looks again now.", () => api.post(`${path(job)}/raiseEvent/LookAgain`));
}

// choices is what this person may do with the job.
export function choices({ session }, job) {
  return {
    again: session.can("operator") && job.name === "AddCertificateFunctions" && (job.runtimeStatus === "Failed" || job.runtimeStatus === "Terminated"),
    stop: session.can("admin") && active(job),
    remove: session.can("admin") && !active(job),
  };
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
