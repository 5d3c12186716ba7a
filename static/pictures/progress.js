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

// sharesPicture is a job of many as one bar: what is completed, failed, stopped, under
// way, each with its own colour and pattern. The words beside it say the same.
export function sharesPicture({ total, completed, failed, stopped, running }) {
  let x = 0;
  const parts = [["done", completed], ["fault", failed], ["off", stopped], ["now-part", running]].map(([name, n]) => {
    const from = x;
    x += total ? n / total * 100 : 0;
    return n ? svg`<rect class=${name} x="${from}%" y=${name === "now-part" ? 3 : 0} width="${n / total * 100}%" height=${name === "now-part" ? 8 : 14}></rect>${name === "fault" ? svg`<rect fill="url(#cross)" x="${from}%" width="${n / total * 100}%" height="14"></rect>` : ""}` : "";
  });
  return html`<svg class="picture shares" role="img" aria-label="${completed} completed, ${failed} failed, ${running} running, ${stopped} stopped" width="100%" height="14">${parts}</svg>`;
}
