// The key of a certificate that is about to be requested or changed, and who issues it.
// Loaded when it is wanted.
import { draw, html, nothing } from "./html.js";
import { nameOf } from "./issuer-words.js";

const keys = { "": "As the settings say", "RSA-2048": "RSA, 2048 bits", "RSA-3072": "RSA, 3072 bits", "RSA-4096": "RSA, 4096 bits", "EC-P256": "Elliptic curve, P-256", "EC-P384": "Elliptic curve, P-384", "EC-P521": "Elliptic curve, P-521 (few authorities sign it)" };

// optionsForm draws into node, and answers the options by what is chosen; given are those
// that there are already.
export async function optionsForm({ api }, node, given = {}) {
  /** @type {Api.Issuer[]} */
  let issuers = [];
  const chosen = { keyType: "", reuseKey: false, issuer: "", profile: "", preferredChain: "", ...given };
  const set = (what, value) => { chosen[what] = value; if (what === "issuer") chosen.profile = chosen.preferredChain = ""; show(); };
  const select = (what, label, values) => html`<div class="field"><label for=${`option-${what}`}>${label}</label><select id=${`option-${what}`} @change=${(event) => set(what, event.target.value)}>
    ${Object.entries(values).map(([value, words]) => html`<option value=${value} ?selected=${value === chosen[what]}>${words}</option>`)}</select></div>`;
  function show() {
    const from = issuers.find(({ name }) => name === chosen.issuer);
    draw(html`${select("keyType", "Key", keys)}
      <label class="check"><input type="checkbox" ?checked=${chosen.reuseKey} @change=${(event) => set("reuseKey", event.target.checked)}><span>Renewals keep the key<br><span class="muted small">For who pins it. A new key with each renewal is safer.</span></span></label>
      ${issuers.length > 1 ? select("issuer", "Certificate authority", { "": "As the settings say", ...Object.fromEntries(issuers.map((issuer) => [issuer.name, `${nameOf(issuer)}, and no other`])) }) : nothing}
      ${from?.profiles.length ? select("profile", "Profile", { "": from.profile ? `As the settings say: ${from.profile}` : "The authority’s choice", ...Object.fromEntries(from.profiles.map((name) => [name, name])) }) : nothing}
      ${from || issuers.filter(({ preferred }) => preferred).length === 1 ? html`<div class="field"><label for="option-preferredChain">Preferred chain</label>
        <p class="hint" id="chain-hint">The name of the certificate at its end, such as ISRG Root X1. Without it, or if there is none such, the authority’s own choice.</p>
        <input id="option-preferredChain" maxlength="64" spellcheck="false" autocapitalize="off" autocomplete="off" aria-describedby="chain-hint" .value=${chosen.preferredChain} @input=${(event) => { chosen.preferredChain = event.target.value; }}></div>` : nothing}`, node);
  }
  show();
  issuers = await api.get("issuers").then(({ data }) => data.issuers, () => []);
  show();
  return () => Object.fromEntries(Object.entries({ ...chosen, preferredChain: chosen.preferredChain.trim() }).filter(([, value]) => value));
}
