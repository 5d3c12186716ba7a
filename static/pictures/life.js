import { h, svg } from "../dom.js";
import { date, relative } from "../time.js";
import { hatch } from "./hatch.js";

// lifePicture is one certificate's life as a line: today is the thick mark, the
// renewal window is hatched. The sentence below says the same.
export function lifePicture(certificate, now = Date.now()) {
  const from = Date.parse(certificate.notBefore), to = Date.parse(certificate.notAfter);
  if (!(to > from)) return null;
  const at = (time) => `${(Math.min(1, Math.max(0, (time - from) / (to - from))) * 100).toFixed(2)}%`;
  const share = (a, b) => `${(Math.max(0, Math.min(b, to) - Math.max(a, from)) / (to - from) * 100).toFixed(2)}%`;
  const shade = hatch();
  const window = certificate.renewal && [Date.parse(certificate.renewal.start), Date.parse(certificate.renewal.end)];
  const words = [
    `Valid from ${date(certificate.notBefore)} to ${date(certificate.notAfter)} (${relative(certificate.notAfter, now)}).`,
    window && `Renewal between ${date(certificate.renewal.start)} and ${date(certificate.renewal.end)} (hatched).`,
  ].filter(Boolean).join(" ");
  const mark = (time, text) => {
    const left = Math.min(1, Math.max(0, (time - from) / (to - from)));
    return svg("text", { x: at(time), y: 14, "text-anchor": left < 0.08 ? "start" : left > 0.92 ? "end" : "middle" }, text);
  };
  const apart = window && Math.abs(window[0] - Math.min(to, Math.max(from, now))) / (to - from) > 0.2; // two words side by side
  return h("figure", { class: "life-line" },
    svg("svg", { class: "picture", role: "img", "aria-label": words, width: "100%", height: 52 }, shade.defs,
      svg("rect", { class: "life", x: 0.5, y: 26, width: "99.8%", height: 18, rx: 3 }),
      window && svg("rect", { fill: shade.fill, x: at(window[0]), y: 26.5, width: share(window[0], window[1]), height: 17 }),
      svg("line", { class: "today", x1: at(now), x2: at(now), y1: 19, y2: 51 }),
      mark(now, "today"), window && apart && mark(window[0], "renewal")),
    h("figcaption", null, h("span", null, words)));
}
