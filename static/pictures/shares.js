import { html, svg } from "../html.js";

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
