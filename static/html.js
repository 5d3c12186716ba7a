// Building and changing the page. Text goes in as text, never as markup: templates
// are written here, values are put into them.
import * as lit from "./vendor/lit-html.js";

/** @type {any} */
const untyped = lit;
export const { html, nothing, repeat, svg } = untyped;

// draw makes a template the content of a node. What has not changed is left alone,
// with its focus and its selection; what was moved gets its focus back.
export function draw(template, place) {
  /** @type {any} */
  const focused = place.contains(document.activeElement) ? document.activeElement : null;
  untyped.render(template, place);
  if (focused?.isConnected && focused !== document.activeElement) focused.focus({ preventScroll: true });
}

// icon is one of the symbols of index.html; it is decoration beside a word.
export const icon = (name) => html`<svg class="icon icon-${name}" aria-hidden="true" focusable="false"><use href="#i-${name}"></use></svg>`;

// state is how something fares: a shape, a word and a colour.
export const state = (kind, name, words) => html`<span class="state is-${kind}">${icon(name)}<span class="word">${words}</span></span>`;

// dotted is a hostname that breaks at its dots where it must break.
export const dotted = (name) => String(name).split(/(?<=\.)/).map((label, i) => (i ? html`<wbr>${label}` : label));

// setText changes a node only if it says something else, so that selections and
// screen readers are left in peace.
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// element is the first node of a template, for what stands once in the page and is
// filled by hand.
export function element(template) {
  const place = document.createElement("div");
  untyped.render(template, place);
  return place.firstElementChild;
}

// siteOf is where visitors go; of a wildcard it is the most likely name.
export const siteOf = (hostname) => `https://${hostname.replace("*.", "www.")}/`;

// plural is "1 hostname" or "4 hostnames".
export const number = (n) => n.toLocaleString("en");
export const plural = (n, one, many = `${one}s`) => `${number(n)} ${n === 1 ? one : many}`;
