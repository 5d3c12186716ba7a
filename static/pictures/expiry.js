import { weeks } from "../expiry-weeks.js";
import { html, nothing, number, plural, svg } from "../html.js";
import { date, shortDate } from "../time.js";

const day = 86_400_000;
const name = (c) => (c.key === "past" ? "Expired" : c.to === Infinity ? "Later" : shortDate(c.from));

// The scale is that of roots: one of 5,000 is still seen, and 5,000 is still more.
const lane = 34; // pixels, the height of one lane
const scale = (n, most) => (n === 0 ? 0 : Math.max(10, Math.sqrt(n / most) * lane));

// expiryPicture draws the weeks in two lanes: bars above are certificates that expire,
// hatched ones below are those whose renewal is due. A bar filters the table.
export function expiryPicture(list, chosen, choose, now = Date.now()) {
  const columns = weeks(list, now);
  const mostEnd = Math.max(1, ...columns.map((c) => c.expiring)), mostRenew = Math.max(1, ...columns.map((c) => c.renewing));
  const soon = columns.slice(0, 5).reduce((n, c) => n + c.expiring, 0);
  const column = (c) => {
    const end = scale(c.expiring, mostEnd), renew = Number.isFinite(c.from) && Number.isFinite(c.to) ? scale(c.renewing, mostRenew) : 0;
    return html`<button type="button" class="week" aria-pressed=${c.key === chosen ? "true" : "false"} ?disabled=${!c.expiring} title="${c.key === "past" ? "Expired already" : c.to === Infinity ? `After ${date(c.from)}` : `${date(c.from)} – ${date(c.to - day)}`}: ${plural(c.expiring, "certificate")} ${c.expiring === 1 ? "expires" : "expire"}, ${number(c.renewing)} in renewal"
      @click=${() => choose(c.key)}>
      <span class="sr-only">${name(c)}: ${number(c.expiring)} expire</span>
      <svg class="picture" viewBox="0 0 40 ${2 * lane + 22}" aria-hidden="true" focusable="false">
        ${c.expiring ? svg`<text class="value" x="20" y=${lane + 10 - end} text-anchor="middle">${short(c.expiring)}</text><rect class=${c.key === "past" ? "bar-past" : "bar-due"} x="9" y=${lane + 14 - end} width="22" height=${end} rx="2"></rect>` : nothing}
        <line class="axis" x1="0" x2="40" y1=${lane + 14.5} y2=${lane + 14.5}></line>
        ${renew ? svg`<rect fill="url(#hatch)" class="hatched" x="5" y=${lane + 16} width="30" height=${renew * 0.8} rx="2"></rect>` : nothing}
      </svg><span class="label" aria-hidden="true">${name(c)}</span></button>`;
  };
  return html`<details class="panel timeline" ?open=${!narrow()}><summary><strong>When certificates expire</strong> <span class="muted">${soon ? `${number(soon)} within 4 weeks` : "none within 4 weeks"}</span>
      <span class="keys" aria-hidden="true"><span class="key"><svg class="picture" width="14" height="14"><rect class="bar-due" width="14" height="14" rx="2"></rect></svg>expire</span>
      <span class="key"><svg class="picture" width="14" height="14"><rect fill="url(#hatch)" class="hatched" width="14" height="14" rx="2"></rect></svg>renewal due</span></span></summary>
    <div class="weeks" role="group" aria-label="Weeks: choose one to see its certificates">${columns.map(column)}</div>
    <details class="alternative"><summary>The same as a table</summary><table>
      <thead><tr><th scope="col">Week from</th><th scope="col">Expire</th><th scope="col">In renewal window</th></tr></thead>
      <tbody>${columns.map((c) => html`<tr><th scope="row">${Number.isFinite(c.from) ? `${date(c.from)}${c.to === Infinity ? " and later" : ""}` : "Expired already"}</th><td>${number(c.expiring)}</td><td>${number(c.renewing)}</td></tr>`)}</tbody></table></details></details>`;
}

const short = (n) => (n < 10_000 ? String(n) : `${Math.round(n / 1000)}k`);
// On a phone the picture waits until it is asked for; decided once, so that it stays as a
// person left it.
let folded;
const narrow = () => (folded ??= matchMedia("(max-width: 44rem)").matches);
