// What the buttons of the front page do.
import { save } from "./clipboard.js";
import { attempt } from "./problem.js";
import { hostnamesOf } from "./job.js";
import { request, requestAgain, requestSame } from "./request.js";

// whole tells what is asked for as it was: of several hostnames, or with options.
const whole = ({ job, certificate }) => (certificate ? certificate.hostnames.length > 1 || certificate.options : hostnamesOf(job).length > 1 || job.input?.options);

// again asks once more for what a card says has failed.
export async function again({ api, running, router, trouble }, button, card) {
  const id = await attempt(trouble, button, async () => {
    let last = null;
    for (const { job, certificate } of card.open.filter(whole)) last = await (certificate ? requestSame(api, certificate) : requestAgain(api, job));
    const others = card.open.filter((one) => !whole(one)).map(({ hostname }) => hostname);
    return others.length ? request(api, others) : last;
  });
  if (!id) return;
  running.refresh();
  router.open(`/jobs/${encodeURIComponent(id)}`);
}

// renew asks for each certificate of a card, and says what was refused.
export async function renew({ api, ask, running, router, trouble }, button, card) {
  const list = card.certificates.filter((c) => !c.imported);
  if (list.length > 1 && !await ask({ title: `Renew ${list.length} certificates now?`, yes: "Renew them", text: "Each is ordered from the authority at once. It counts against the authority’s limits." })) return;
  const id = await attempt(trouble, button, async () => {
    let last = null;
    for (const c of list) last = (await api.post(`certificates/${encodeURIComponent(c.name)}/renew`)).data.id;
    return last;
  });
  if (!id) return;
  running.refresh();
  if (list.length === 1) router.open(`/jobs/${encodeURIComponent(id)}`);
  else router.open("/jobs");
}

// exportAll gives all certificates as a file.
export async function exportAll({ api, trouble }, button) {
  const text = await attempt(trouble, button, () => api.file("certificates?format=csv"));
  if (!text) return;
  save(`certificates-${new Date().toISOString().slice(0, 10)}.csv`, "text/csv", text);
}
