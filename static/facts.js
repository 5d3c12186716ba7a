// Facts of a certificate, as lists of facts show them.
import { copy } from "./clipboard.js";
import { html, nothing } from "./html.js";
import { date, relative, utc } from "./time.js";

export const fact = (name, value) => (value ? html`<dt>${name}</dt><dd>${value}</dd>` : nothing);

export const expiry = (iso) => html`<time datetime=${iso} title=${utc(iso)}>${date(iso)}</time>, ${relative(iso)}`;

export const thumbprint = (text, say) => text && html`<code>${text}</code> <button type="button" class="link" @click=${() => copy(text, say)}>Copy<span class="sr-only"> the thumbprint</span></button>`;
