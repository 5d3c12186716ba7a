// Certificates by the week in which they expire.
import { shortDate } from "./time.js";

const day = 86_400_000;
const week = 7 * day;
const ahead = 14; // weeks: a little more than the 90 days that most certificates last

// weeks counts, for what has passed, each week from now and what is later, how
// many certificates expire and how many have their renewal window open then.
export function weeks(list, now) {
  const columns = Array.from({ length: ahead + 2 }, (_, i) => ({
    key: i === 0 ? "past" : i > ahead ? `later-${ahead}` : String(i - 1),
    from: i === 0 ? -Infinity : now + (i - 1) * week,
    to: i === 0 ? now : i > ahead ? Infinity : now + i * week,
    expiring: 0, renewing: 0,
  }));
  for (const certificate of list) {
    if (certificate.state === "retired") continue;
    const end = Date.parse(certificate.notAfter);
    (columns.find((c) => end < c.to) ?? columns.at(-1)).expiring++;
    const [start, stop] = [Date.parse(certificate.renewal?.start), Date.parse(certificate.renewal?.end)];
    for (const c of columns) if (start < c.to && stop >= c.from) c.renewing++;
  }
  return columns;
}

// spanOf is the time that a column stands for: {from, to, words}; nothing for no column.
export function spanOf(key, now = Date.now()) {
  if (!key) return {};
  if (key === "past") return { from: -Infinity, to: now, words: "Expired" };
  const i = Number(key.replace("later-", ""));
  if (!Number.isInteger(i) || i < 0 || i > ahead) return {};
  const from = now + i * week;
  return key.startsWith("later-") ? { from, to: Infinity, words: `After ${shortDate(from)}` } : { from, to: from + week, words: `${shortDate(from)} – ${shortDate(from + week - day)}` };
}
