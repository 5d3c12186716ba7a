// What needs a person, most urgent first, as cards: each says what is wrong, why, and
// what to do.
import { date } from "./time.js";
import { reason } from "./job.js";
import { stateOf, title } from "./certificate-states.js";

const storage = ["The storage account does not answer", "Nothing moves without it. Jobs go on by themselves when it answers again.", "Look at the storage account and its firewall in the Azure portal."];

// The services that everything stands on, by the name of their check in /api/health.
const services = {
  tableStorage: storage,
  queueStorage: storage,
  keyVault: ["Key Vault does not answer", "No certificate can be made or renewed. Jobs wait and go on by themselves.", "Look at the vault’s firewall and at the roles of certgate’s identity."],
  blobContainer: ["The container of validation files does not answer", "New certificates and renewals wait.", "Look at the storage account of the validation files."],
  certificateAuthority: ["The certificate authority does not answer", "New certificates and renewals wait, and go on by themselves when it answers again.", "Look at the authority’s status page. What is served is not concerned."],
  applicationGateway: ["The gateway cannot be read", "New certificates cannot be installed. What is served is not concerned.", "Look at the gateway’s state and at the roles of certgate’s identity."],
};

// cards makes them of the certificates, of what was asked for in vain
// ({hostname, job}) and of the answer of /api/health (null if it is not known). others is
// the card of what is not certgate's own, if there is one.
// advice(code) is what the error page says of a code, for people, or nothing.
/**
 * @param {{certificates: Api.Certificate[], open: {hostname: string, job: Api.Instance}[], health?: Api.Health | null, others?: any}} known
 * @param {(code: string) => {means: string, fix: string} | null} advice
 */
export function cards({ certificates, open, health, others = null }, advice = () => null) {
  const found = [];
  const down = new Set();
  for (const check of health?.checks ?? []) {
    const [what, which] = check.name.split(":"); // of several authorities, which one
    const [all, why, fix] = services[what] ?? [`${what} does not answer`, "", ""];
    const name = which ? all.replace("authority", `authority ${which}`) : all;
    if (check.ok || down.has(name)) continue;
    down.add(name);
    found.push({ key: `service ${check.name}`, kind: "overdue", icon: "warn", title: name, why, fix, action: "check", count: 0, subjects: [] });
  }
  const inState = (fits) => certificates.filter(fits);
  const of = (list, key, kind, icon, words, rest) => list.length && found.push({ key, kind, icon, title: words(list.length), count: list.length, subjects: list.map(subjectOf), ...rest(list) });
  const one = (list) => (list.length === 1 ? list[0].reason ?? "" : "");
  of(inState((c) => c.state === "expired"), "expired", "expired", "stop", (n) => `${n === 1 ? "A certificate has" : `${n} certificates have`} expired`,
    (list) => ({ why: one(list) || "Visitors see a warning.", fix: `Look at the last job${list.length === 1 ? "" : " of each"}: it says what stopped the renewal. When that is mended, renew.`, action: "renew", certificates: list }));
  const codes = [...new Set(open.map(codeOf))];
  for (const code of codes) {
    const group = open.filter((failure) => codeOf(failure) === code);
    const said = advice(code);
    found.push({
      key: `none ${code}`, kind: "expired", icon: "stop", count: group.length,
      title: group.length === 1 ? `${group[0].hostname} has no certificate` : `${group.length} hostnames have no certificate`,
      why: group.length === 1 ? reason(group[0].job.customStatus?.message) : said?.means ?? reason(group[0].job.customStatus?.message),
      fix: said?.fix ?? "", action: "again", open: group, code,
      subjects: group.map(({ hostname, job }) => ({ name: hostname, href: `/hostnames/${encodeURIComponent(hostname)}`, note: `failed ${date(job.lastUpdatedTime)}` })),
    });
  }
  of(inState((c) => c.revoked && c.state !== "retired" && c.state !== "expired"), "revoked", "expired", "stop", (n) => `${n === 1 ? "A certificate is" : `${n} certificates are`} revoked`,
    (list) => ({ why: "Clients may refuse it.", fix: "certgate asks for a new one within 15 minutes; Renew now does at once.", action: "renew", certificates: list }));
  of(inState((c) => c.state === "overdue" && !c.revoked), "overdue", "overdue", "warn", (n) => `${n === 1 ? "A renewal is" : `${n} renewals are`} overdue`,
    (list) => ({ why: one(list) || "They should have been renewed by now; certgate goes on trying.", fix: "Look at the hostname’s DNS first: it is what changes most often.", action: "renew", certificates: list }));
  of(inState((c) => c.state === "notServed"), "notServed", "overdue", "warn", (n) => `${n === 1 ? "A certificate is" : `${n} certificates are`} not served`,
    (list) => ({ why: one(list) || "They are in Key Vault, and the gateway shows visitors something else.", fix: "Look where it is installed, and who else changes the gateway. A renewal installs it again.", action: "renew", certificates: list }));
  of(inState((c) => c.state === "notInstalled"), "notInstalled", "overdue", "warn", (n) => `${n === 1 ? "A certificate is" : `${n} certificates are`} not installed`,
    (list) => ({ why: one(list), fix: "Mend what stopped it, then install: nothing new is ordered.", action: "install", open: list.map((certificate) => ({ hostname: title(certificate), certificate })) }));
  of(inState((c) => c.state === "due" && c.imported && !c.revoked), "replace", "overdue", "warn", (n) => `${n === 1 ? "An imported certificate ends" : `${n} imported certificates end`} soon`,
    (list) => ({ why: one(list) || "certgate did not order them, so it cannot renew them.", fix: "Import the next one.", action: "import", certificates: list }));
  if (others) found.push(others);
  return found;
}

/** @param {{job: Api.Instance}} failure */
const codeOf = ({ job }) => job.customStatus?.error ?? "";

/** @param {Api.Certificate} certificate */
function subjectOf(certificate) {
  return { name: title(certificate), href: `/certificates/${encodeURIComponent(certificate.name)}`, note: certificate.state === "notServed" ? stateOf(certificate).label : `${certificate.state === "expired" ? "ended" : "ends"} ${date(certificate.notAfter)}` };
}

// needing is how many things need a person: what the tab's title counts.
export const needing = (list) => list.reduce((sum, card) => sum + Math.max(1, card.count), 0);
