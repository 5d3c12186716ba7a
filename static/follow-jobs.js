// followJobs calls refresh when a job is at work that the page is about and does not show
// yet, once for each, and when one has ended. What it answers ends that.
/**
 * @param {any} running
 * @param {{about: (job: any) => boolean, shown: () => any[] | undefined, refresh: () => void}} page
 */
export function followJobs(running, { about, shown, refresh }) {
  const known = new Set();
  const changed = () => {
    if (!shown()) return;
    const news = running.list.filter((job) => about(job) && !known.has(job.instanceId));
    for (const job of news) known.add(job.instanceId);
    if (news.some((job) => !shown().some(({ instanceId }) => instanceId === job.instanceId))) refresh();
  };
  const ended = ({ detail: { job } }) => { if (!job || about(job)) refresh(); };
  running.addEventListener("change", changed);
  running.addEventListener("ended", ended);
  return () => {
    running.removeEventListener("change", changed);
    running.removeEventListener("ended", ended);
  };
}
