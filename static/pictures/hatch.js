import { svg } from "../dom.js";

// hatch is a shading that does not depend on colour. Every picture has its own
// copy, with an id of its own.
let copies = 0;

export function hatch() {
  const id = `hatch-${++copies}`;
  const pattern = svg("pattern", { id, width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
    svg("rect", { class: "hatch-back", width: 6, height: 6 }), svg("line", { class: "hatch-line", y2: 6 }));
  return { defs: svg("defs", null, pattern), fill: `url(#${id})` };
}
