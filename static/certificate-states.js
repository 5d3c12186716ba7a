// What the states of a certificate mean.

// The states, most urgent first.
export const states = {
  expired: { label: "Expired", icon: "stop", problem: true },
  overdue: { label: "Renewal overdue", icon: "warn", problem: true },
  notServed: { label: "Not served", icon: "warn", problem: true },
  notInstalled: { label: "Not installed", icon: "warn", problem: true },
  damaged: { label: "Record damaged", icon: "warn" },
  due: { label: "Renewal due", icon: "clock" },
  ok: { label: "OK", icon: "ok" },
  retired: { label: "Retired", icon: "off" },
};

// A revoked certificate is replaced by certgate by itself; until then clients may
// refuse it, so that comes before everything but its end.
const revoked = { kind: "expired", label: "Revoked", icon: "stop", problem: true };

// certgate renews by itself what it ordered; an imported certificate waits for a
// person.
const replace = { label: "To be replaced", icon: "warn", problem: true };

export function stateOf(certificate) {
  const { state, imported } = certificate;
  if (certificate.revoked && state !== "retired" && state !== "expired") return revoked;
  const known = state === "due" && imported ? replace : states[state] ?? { label: state ?? "Unknown", icon: "help" };
  return { kind: known === replace ? "overdue" : state, ...known };
}

export const served = {
  current: "Served",
  previous: "Older one served",
  other: "Another certificate served",
  none: "Nothing served",
  unknown: "Not known",
};

export const needsPerson = (certificate) => Boolean(stateOf(certificate).problem);

// title is what people know a certificate by.
export const title = (certificate) => certificate.hostnames?.[0] ?? certificate.name;
