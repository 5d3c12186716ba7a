// What every page asks of a job: whether it runs, and which hostnames it is about.

export const active = (job) => job.runtimeStatus === "Pending" || job.runtimeStatus === "Running";

// urgency orders jobs of one request: failed ones first, then those at work.
export const urgency = (job) => (job.runtimeStatus === "Failed" ? 0 : active(job) ? 1 : 2);

// reason is what a message says beside the pause, which the page counts itself.
export const reason = (text = "") => text.replace(/^Trying again in [^ ]+\. /, "");

// hostnamesOf are the hostnames that a job is about. The input of one that orders a
// certificate is its hostname; that of the others is an object.
export function hostnamesOf({ input, output }) {
  if (typeof input === "string") return [input];
  const names = (input?.hostnames ?? []).map((entry) => entry.hostname ?? entry);
  if (input?.hostname) names.push(input.hostname);
  if (!names.length && output?.hostname) names.push(output.hostname);
  return names;
}

// hostnameOf is the one hostname that a job is about; undefined if it is about many.
export function hostnameOf(job) {
  const names = hostnamesOf(job);
  return names.length === 1 ? names[0] : undefined;
}
