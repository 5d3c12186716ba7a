// Certificates by the week in which they expire.
import { ahead, week } from "./week-span.js";

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
