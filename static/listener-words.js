// What the site says of a listener, or of whatever else on the gateway has a certificate:
// its state, who renews it and how sure that is, what clients get.

/** @type {Record<string, {label: string, kind: string, icon: string, needs?: boolean}>} */
const states = {
  expired: { label: "Expired", kind: "expired", icon: "stop", needs: true },
  dead: { label: "No certificate", kind: "expired", icon: "stop", needs: true },
  wrongName: { label: "Wrong certificate", kind: "expired", icon: "stop", needs: true },
  reverted: { label: "Put back", kind: "overdue", icon: "warn", needs: true },
  contested: { label: "Renewed twice", kind: "overdue", icon: "warn", needs: true },
  blocked: { label: "Renewal blocked", kind: "overdue", icon: "warn", needs: true },
  late: { label: "Renewal late", kind: "overdue", icon: "warn", needs: true },
  unattended: { label: "Unattended", kind: "overdue", icon: "warn" },
  unknown: { label: "Not known", kind: "ahead", icon: "help" },
  elsewhere: { label: "Renewed elsewhere", kind: "ok", icon: "ok" },
  watched: { label: "Watched", kind: "ahead", icon: "clock" },
  managed: { label: "By certgate", kind: "ok", icon: "ok" },
};
export const order = Object.keys(states);
export const bad = order.filter((state) => states[state].needs);

const day = 86_400_000;

// endOf is when what clients get expires; "" if that is not known.
/** @param {Api.Listener} row */
export const endOf = (row) => row.served.notAfter ?? row.certificate?.notAfter ?? "";

// soon: nobody renews it, and it ends within 30 days, or in the last third of its life if
// that is less. That is when certgate warns, too.
/** @param {Api.Listener} row */
export function soon(row, now = Date.now()) {
  const end = Date.parse(endOf(row));
  if (!end || row.kind === "entry" || row.managedCertificate || !["unattended", "unknown", "watched"].includes(row.state)) return false;
  const { notBefore, notAfter } = row.certificate ?? {};
  const life = notBefore && notAfter ? Date.parse(notAfter) - Date.parse(notBefore) : Infinity;
  return end - now <= Math.min(30 * day, life / 3);
}

/** @param {Api.Listener} row */
export function stateOf(row, now = Date.now()) {
  const known = states[row.state] ?? { label: row.state, kind: "ahead", icon: "help", needs: false };
  if (row.kind === "entry" && row.state === "dead") return { ...known, label: "Cannot be read" };
  return soon(row, now) ? { label: "Ends soon", kind: "overdue", icon: "warn", needs: true } : known;
}

export const needs = (row, now = Date.now()) => Boolean(stateOf(row, now).needs);

// title is what people know it by.
/** @param {Api.Listener} row */
export const title = (row) => row.hostnames[0] ?? row.name;

export const kinds = {
  listener: "Listener", entry: "Certificate that no listener uses", clientCa: "Authority of client certificates", backendCa: "Authority of backends",
};

// about is what stands beside the title: of what is no listener, what it is; of a
// listener without hostnames, at which port it is.
/** @param {Api.Listener} row */
export const about = (row) => (row.kind !== "listener" ? kinds[row.kind] : row.hostnames.length ? "" : `Any hostname${row.port ? ` at port ${row.port}` : ""}`);

const managers = { certgate: "certgate", acmebot: "acmebot", keyVault: "Key Vault", appService: "App Service", somebody: "Somebody else", nobody: "Nobody", unknown: "Not known" };
export const managerNames = managers;

// renewedBy is {words, more, guess}: who renews it, what else is known, and whether that is
// a guess.
/** @param {Api.Listener} row */
export function renewedBy({ renewedBy: by }) {
  const guess = !by.sure && by.who !== "unknown";
  return { words: by.who === "nobody" && guess ? "Nobody is known" : managers[by.who] ?? by.who, more: by.detail ?? "", guess: guess && by.who !== "nobody" };
}

// source is where the gateway has the certificate from.
/** @param {Api.Listener} row */
export function source(row) {
  const vault = `Key Vault${row.vault ? ` ${row.vault}` : ""}`;
  return { keyVault: vault, secretOnly: `${vault}, as a secret alone`, uploaded: "Uploaded to the gateway", hsm: "A managed HSM", none: "Not known" }[row.source] ?? row.source;
}

// reaches is whether a renewal will reach the gateway: {ok: true, false or null, words}.
/** @param {Api.Listener} row */
export function reaches(row) {
  const no = (words) => ({ ok: false, words });
  if (row.kind === "clientCa" || row.kind === "backendCa" || row.source === "uploaded") return no("No: each new one has to be uploaded");
  if (row.pinned) return no("No: the gateway is told one version of it");
  if (row.source === "none" || row.state === "unknown") return { ok: null, words: "Not known" };
  if (row.state === "dead" || row.state === "blocked") return no("No: the gateway cannot read it");
  if (row.kind === "entry") return { ok: null, words: "No listener uses it" };
  return row.served.state === "older" ? { ok: true, words: "Yes: the newest is on its way" } : { ok: true, words: "Yes, by itself" };
}

// served is what clients are shown, compared with the newest certificate of its source.
/** @param {Api.Listener} row */
export function served(row) {
  if (row.kind !== "listener") return "Not shown to clients";
  if (row.served.state === "other" && !row.certificate) return "One, which has nothing to be compared with";
  const words = { same: "The newest one", older: "An older one", other: "Another certificate", none: "No certificate" }[row.served.state];
  return words ?? (row.frontend === "private" ? "Not seen: a private address" : "Not seen");
}

// reason and fix are the API's sentences, in words for people at this site.
/** @param {Api.Listener} row */
export function reason(row) {
  return row.managedCertificate && /^GET /.test(row.reason ?? "") ? "" : row.reason ?? "";
}

/** @param {Api.Listener} row */
export const fix = (row) => (row.fix ?? "").replace("GET /api/preflight says", "The set-up check says");

// addressOf is that of its own page.
/** @param {Api.Listener} row */
export const addressOf = (row) => `/listeners/${encodeURIComponent(row.name)}${row.kind === "listener" ? "" : `?kind=${row.kind}`}`;
