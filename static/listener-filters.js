// Listeners as a list: which come first, which fit.
import { endOf, needs, order, renewedBy, title } from "./listener-words.js";

// The filters, each with what it lets through.
/** @type {Record<string, {label: string, fits: (row: any, now: number) => boolean}>} */
export const filters = {
  all: { label: "All", fits: () => true },
  todo: { label: "To do", fits: needs },
  unattended: { label: "Unattended", fits: (row) => row.state === "unattended" },
  unknown: { label: "Unknown", fits: (row) => row.state === "unknown" },
  fine: { label: "Fine", fits: (row, now) => ["elsewhere", "watched", "managed"].includes(row.state) && !needs(row, now) },
};

const rank = (row, now) => (needs(row, now) ? 0 : order.length) + (order.indexOf(row.state) + order.length) % order.length;
const byName = (a, b) => title(a).localeCompare(title(b), "en") || a.name.localeCompare(b.name, "en");
const byExpiry = (a, b) => (endOf(a) || "9").slice(0, 10).localeCompare((endOf(b) || "9").slice(0, 10)); // what has no date comes last
const orders = {
  state: (a, b, now) => rank(a, now) - rank(b, now) || byExpiry(a, b) || byName(a, b),
  name: byName,
  expiry: (a, b) => byExpiry(a, b) || byName(a, b),
};

// pick is the part of a list that a person asked for, in the wanted order. A minus before
// the order turns it round.
/** @param {Api.Listener[]} list */
export function pick(list, { text = "", show = "all", who = "", kind = "", sort = "state" }, now = Date.now()) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const { fits } = filters[show] ?? filters.all;
  const wanted = list.filter((row) => fits(row, now) && (!who || row.renewedBy.who === who) && (!kind || (kind === "authority" ? row.kind.endsWith("Ca") : row.kind === kind))
    && (!words.length || has(row, words)));
  const down = sort.startsWith("-");
  const compare = orders[down ? sort.slice(1) : sort] ?? orders.state;
  return wanted.sort((a, b) => (down ? compare(b, a, now) : compare(a, b, now)));
}

function has(row, words) {
  const by = renewedBy(row);
  const text = [row.name, ...row.hostnames, row.entry, row.vault, row.certificate?.issuer, by.words, by.more].join(" ").toLowerCase();
  return words.every((word) => text.includes(word));
}

/** @param {Api.Listener[]} list */
export const counts = (list, now = Date.now()) => Object.fromEntries(Object.entries(filters).map(([key, { fits }]) => [key, list.reduce((n, row) => n + (fits(row, now) ? 1 : 0), 0)]));
