// Other hostnames and options for a certificate: a question, and what it asks of the API.
// Loaded when it is wanted.
import { html } from "./html.js";
import { read } from "./hostnames.js";
import { optionsForm } from "./options-form.js";
import { wishesOf } from "./request.js";

// editNames answers the job's id, null if nothing was to be done, undefined if a person
// thought better of it. A hostname that goes is asked about by itself: it is served no more.
/** @param {Api.CertificateDetail} c */
export async function editNames({ api, ask, say }, c) {
  const before = c.hostnames ?? [];
  const form = document.createElement("div"), chosen = optionsForm({ api }, form, c.options);
  const answer = await ask({
    title: `Hostnames of ${before[0]}`, yes: "Save", text: "One on each line. The certificate is called after the first one, which stays. A change orders its next version at once.",
    fields: html`<div class="field"><label for="names">Hostnames</label><textarea id="names" name="names" rows="8" spellcheck="false" autocapitalize="off" .value=${before.join("\n")}></textarea></div>
      <details><summary>Key and certificate authority</summary>${form}</details>`,
  });
  if (!answer) return undefined;
  const entries = read(String(answer.get("names")), { wildcards: true });
  const wrong = entries.find((entry) => entry.problem);
  if (wrong) return say(`${wrong.text} ${wrong.problem}. Nothing was changed.`);
  const names = entries.map((entry) => entry.hostname), gone = before.filter((name) => !names.includes(name)), had = wishesOf(c);
  const options = (await chosen)(), changed = written(options) !== written(c.options ?? {});
  if (names.length === before.length && !gone.length && !changed) return say("Nothing was changed.");
  if (gone.includes(before[0])) return say(`${before[0]} stays: the certificate is called after it. Nothing was changed.`);
  if (gone.length && !await ask({ title: `Take ${gone.length === 1 ? gone[0] : `${gone.length} hostnames`} out?`, yes: "Take out", danger: true, text: `${gone.join(", ")}: no longer served over HTTPS with this certificate.` })) return undefined;
  const reply = await api.put(`certificates/${encodeURIComponent(c.name)}`, { hostnames: names.map((hostname) => had.find((one) => one.hostname === hostname) ?? { hostname }), ...(gone.length ? { removeHostnames: true } : {}), ...(changed ? { options } : {}) });
  if (!reply.data.id) say("It is as you want it already.");
  return reply.data.id ?? null;
}

// written is for comparing options.
const written = (options) => JSON.stringify(Object.entries(options).filter(([, value]) => value).sort());
