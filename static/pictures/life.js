import { html, nothing, svg } from "../html.js";
import { date, relative } from "../time.js";

// lifePicture is one certificate's life as a line: today is the thick mark, the
// renewal window is hatched. The sentence below says the same.
export function lifePicture(certificate, now = Date.now()) {
  const from = Date.parse(certificate.notBefore), to = Date.parse(certificate.notAfter);
  if (!(to > from)) return nothing;
  const part = (time) => Math.min(1, Math.max(0, (time - from) / (to - from)));
  const at = (time) => `${(part(time) * 100).toFixed(2)}%`;
  const window = certificate.renewal && [Date.parse(certificate.renewal.start), Date.parse(certificate.renewal.end)];
  const words = [
    `Valid from ${date(certificate.notBefore)} to ${date(certificate.notAfter)} (${relative(certificate.notAfter, now)}).`,
    window && `Renewal between ${date(certificate.renewal.start)} and ${date(certificate.renewal.end)} (hatched).`,
  ].filter(Boolean).join(" ");
  const mark = (time, text) => svg`<text x=${at(time)} y="14" text-anchor=${part(time) < 0.08 ? "start" : part(time) > 0.92 ? "end" : "middle"}>${text}</text>`;
  const apart = window && Math.abs(part(window[0]) - part(now)) > 0.2; // two words side by side
  return html`<figure class="life-line"><svg class="picture" role="img" aria-label=${words} width="100%" height="52">
    <rect class="life" x="0.5" y="26" width="99.8%" height="18" rx="3"></rect>
    ${window ? svg`<rect fill="url(#hatch)" class="hatched" x=${at(window[0])} y="26.5" width=${`${((part(window[1]) - part(window[0])) * 100).toFixed(2)}%`} height="17"></rect>` : nothing}
    <line class="today" x1=${at(now)} x2=${at(now)} y1="19" y2="51"></line>
    ${mark(now, "today")}${apart ? mark(window[0], "renewal") : nothing}</svg>
    <figcaption><span>${words}</span></figcaption></figure>`;
}
