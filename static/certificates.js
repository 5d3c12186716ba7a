// Certificates as a list: what their states mean, which come first, which fit.

// The states, most urgent first.
export const states = {
  expired: { label: "Expired", icon: "stop", problem: true },
  overdue: { label: "Renewal overdue", icon: "warn", problem: true },
  notServed: { label: "Not served", icon: "warn", problem: true },
  due: { label: "Renewal due", icon: "clock" },
  ok: { label: "OK", icon: "ok" },
  retired: { label: "Retired", icon: "off" },
};
const order = Object.keys(states);
const rank = (certificate) => (order.indexOf(certificate.state) + order.length + 1) % (order.length + 1); // unknown ones last

// certgate renews by itself what it ordered; an imported certificate waits for a
// person.
const replace = { label: "To be replaced", icon: "warn", problem: true };

export const stateOf = (certificate) => (certificate.state === "due" && certificate.imported ? replace
  : states[certificate.state] ?? { label: certificate.state ?? "Unknown", icon: "help" });

export const served = {
  current: "Served",
  previous: "Older one served",
  other: "Another certificate served",
  none: "Nothing served",
  unknown: "Not known",
};

export const needsPerson = (certificate) => Boolean(stateOf(certificate).problem);

// The filters, each with what it lets through.
export const filters = {
  all: { label: "All", fits: () => true },
  problems: { label: "Problems", fits: needsPerson },
  due: { label: "Due", fits: (c) => c.state === "due" },
  ok: { label: "OK", fits: (c) => c.state === "ok" },
  retired: { label: "Retired", fits: (c) => c.state === "retired" },
};

const byName = (a, b) => title(a).localeCompare(title(b), "en");
const byExpiry = (a, b) => (a.notAfter ?? "").localeCompare(b.notAfter ?? "");
const orders = {
  state: (a, b) => rank(a) - rank(b) || byExpiry(a, b) || byName(a, b),
  name: byName,
  expiry: (a, b) => byExpiry(a, b) || byName(a, b),
};

// title is what people know a certificate by.
export const title = (certificate) => certificate.hostnames?.[0] ?? certificate.name;

// pick is the part of a list that a person asked for, in the wanted order. A
// minus before the order turns it round.
export function pick(list, { text = "", state = "all", sort = "state" }) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (filters[state] ?? filters.all).fits;
  const wanted = list.filter((c) => fits(c) && words.every((word) => c.name.toLowerCase().includes(word)
    || c.hostnames?.some((name) => name.includes(word)) || c.issuer?.toLowerCase().includes(word)));
  const down = sort.startsWith("-");
  const compare = orders[down ? sort.slice(1) : sort] ?? orders.state;
  return wanted.sort(down ? (a, b) => compare(b, a) : compare);
}

export function counts(list) {
  return Object.fromEntries(Object.entries(filters).map(([key, filter]) => [key, list.reduce((n, c) => n + (filter.fits(c) ? 1 : 0), 0)]));
}
