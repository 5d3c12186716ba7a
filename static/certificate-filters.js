// Certificates as a list: which come first, which fit.
import { needsPerson, states, title } from "./certificate-states.js";

const order = Object.keys(states);
const rank = (certificate) => (certificate.revoked && certificate.state !== "retired" ? 0 : order.indexOf(certificate.state) + order.length + 1) % (order.length + 1); // unknown ones last

// The filters, each with what it lets through.
/** @type {Record<string, {label: string, fits: (certificate: object) => boolean}>} */
export const filters = {
  all: { label: "All", fits: () => true },
  problems: { label: "Problems", fits: needsPerson },
  due: { label: "Due", fits: (c) => c.state === "due" },
  ok: { label: "OK", fits: (c) => c.state === "ok" },
  damaged: { label: "Damaged", fits: (c) => c.state === "damaged" },
  retired: { label: "Retired", fits: (c) => c.state === "retired" },
};

const byName = (a, b) => title(a).localeCompare(title(b), "en");
const byExpiry = (a, b) => (a.notAfter ?? "").slice(0, 10).localeCompare((b.notAfter ?? "").slice(0, 10)); // the day: what is of one day goes by name
const orders = {
  state: (a, b) => rank(a) - rank(b) || byExpiry(a, b) || byName(a, b),
  name: byName,
  expiry: (a, b) => byExpiry(a, b) || byName(a, b),
};

// within are the choices of how soon a certificate ends, in days.
export const within = [7, 14, 30];

// pick is the part of a list that a person asked for, in the wanted order. A
// minus before the order turns it round. days and from/to (milliseconds) narrow it
// to what ends soon, or in a span.
export function pick(list, { text = "", state = "all", sort = "state", days = 0, from = -Infinity, to = Infinity }, now = Date.now()) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (filters[state] ?? filters.all).fits;
  const last = Math.min(to, days ? now + days * 86_400_000 : Infinity);
  const spanned = days || Number.isFinite(from) || Number.isFinite(to);
  const ends = (c) => { const end = Date.parse(c.notAfter); return c.state !== "retired" && end < last && end >= from; };
  const wanted = list.filter((c) => fits(c) && (!spanned || ends(c)) && words.every((word) => c.name.toLowerCase().includes(word)
    || c.hostnames?.some((name) => name.includes(word)) || c.issuer?.toLowerCase().includes(word) || c.authority?.includes(word)));
  const down = sort.startsWith("-");
  const compare = orders[down ? sort.slice(1) : sort] ?? orders.state;
  return wanted.sort(down ? (a, b) => compare(b, a) : compare);
}

export function counts(list) {
  return Object.fromEntries(Object.entries(filters).map(([key, filter]) => [key, list.reduce((n, c) => n + (filter.fits(c) ? 1 : 0), 0)]));
}
