import { html, svg } from "../html.js";

const width = 9, gap = 2, height = 12;

// progressPicture is a row of steps: full height is done, half height is under
// way, a thin line is ahead.
export function progressPicture({ done, total }) {
  const most = Math.min(total, 24); // more than that, and a segment stands for several
  const at = Math.floor(done * most / total);
  const segment = (i) => {
    const [name, tall] = i < at ? ["done", height] : i === at ? ["now", 7] : ["ahead", 2];
    return svg`<rect class=${name} x=${i * (width + gap)} y=${height - tall} width=${width} height=${tall} rx="1"></rect>`;
  };
  return html`<svg class="picture progress" role="img" aria-label="${done} of ${total} steps done" width=${most * (width + gap) - gap} height=${height}>${Array.from({ length: most }, (_, i) => segment(i))}</svg>`;
}
