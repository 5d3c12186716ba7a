import { h, svg } from "../dom.js";
import { date, shortDate } from "../time.js";
import { hatch } from "./hatch.js";

const week = 7 * 86_400_000;
const ahead = 14; // weeks: a little more than the 90 days that most certificates last

// weeks counts, for what has passed, each week from now and what is later, how
// many certificates expire and how many have their renewal window open then.
export function weeks(list, now) {
  const columns = Array.from({ length: ahead + 2 }, (_, i) => ({
    from: i === 0 ? -Infinity : now + (i - 1) * week,
    to: i === 0 ? now : i > ahead ? Infinity : now + i * week,
    expiring: 0, renewing: 0,
  }));
  for (const certificate of list) {
    if (certificate.state === "retired") continue;
    const end = Date.parse(certificate.notAfter);
    columns.find((c) => end < c.to || c.to === Infinity).expiring++;
    const [start, stop] = [Date.parse(certificate.renewal?.start), Date.parse(certificate.renewal?.end)];
    for (const c of columns) if (start < c.to && stop >= c.from) c.renewing++;
  }
  return columns;
}

const name = (c) => (c.from === -Infinity ? "Expired" : c.to === Infinity ? "Later" : shortDate(c.from));

// expiryPicture draws the weeks: bars are certificates that expire, the hatched
// area behind them is certificates that are due for renewal.
export function expiryPicture(list, now = Date.now()) {
  const columns = weeks(list, now);
  const shaded = (c) => (Number.isFinite(c.from) && Number.isFinite(c.to) ? c.renewing : 0);
  const most = Math.max(1, ...columns.map((c) => Math.max(c.expiring, shaded(c))));
  const wide = 60, tall = 96, top = 20, shade = hatch();
  const scale = (n) => (n === 0 ? 0 : Math.max(3, n / most * tall));
  const bars = columns.map((c, i) => {
    const x = i * wide, expiring = scale(c.expiring), renewing = scale(shaded(c));
    return [
      renewing > 0 && svg("rect", { fill: shade.fill, x, y: top + tall - renewing, width: wide, height: renewing }),
      c.expiring > 0 && svg("rect", { class: i === 0 ? "bar-past" : "bar-due", x: x + 16, y: top + tall - expiring, width: wide - 32, height: expiring, rx: 2 }),
      c.expiring > 0 && svg("text", { class: "value", x: x + wide / 2, y: top + tall - expiring - 5, "text-anchor": "middle" }, String(c.expiring)),
      svg("text", { x: x + wide / 2, y: top + tall + 17, "text-anchor": "middle" }, name(c)),
    ];
  });
  const width = columns.length * wide;
  const soon = columns.slice(0, 5).reduce((n, c) => n + c.expiring, 0);
  return h("figure", { class: "panel pad" },
    h("figcaption", null, h("strong", null, "When certificates expire, by week"), swatch("expire", "bar-due"), swatch("in their renewal window", null)),
    h("div", { class: "scroll-x", tabindex: 0, role: "region", "aria-label": "Expiry picture" },
      svg("svg", { class: "picture chart", role: "img", viewBox: `0 0 ${width} ${top + tall + 24}`,
        "aria-label": `${soon} of ${list.length} certificates have expired or expire within 4 weeks. The table below has every week.` },
      shade.defs, bars.flat(), svg("line", { class: "axis", x1: 0, x2: width, y1: top + tall + 0.5, y2: top + tall + 0.5 }))),
    h("details", { class: "alternative" }, h("summary", null, "The same as a table"), table(columns)));
}

function swatch(label, bar) {
  const shade = bar ? null : hatch();
  return h("span", { class: "key" }, svg("svg", { class: "picture", width: 14, height: 14, "aria-hidden": "true" }, shade?.defs,
    svg("rect", { class: bar, fill: shade?.fill, width: 14, height: 14, rx: 2 })), label);
}

function table(columns) {
  return h("table", null,
    h("thead", null, h("tr", null, ["Week from", "Expire", "In renewal window"].map((text) => h("th", { scope: "col" }, text)))),
    h("tbody", null, columns.map((c) => h("tr", null,
      h("th", { scope: "row" }, Number.isFinite(c.from) ? `${date(c.from)}${c.to === Infinity ? " and later" : ""}` : "Expired already"),
      h("td", null, String(c.expiring)), h("td", null, String(c.renewing))))));
}
