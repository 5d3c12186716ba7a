// Times that count by themselves: <time data-until> and <time data-since> are kept up
// to date once a second, wherever they are on the page. Their text is set as a property:
// what counts them replaces it, and with it whatever a template had put in between.
import { html, setText } from "./html.js";
import { ago, clock, duration, utc } from "./time.js";

// until is "Next try 23:19:08 (in 41 s)".
export const until = (at, before = "Next try") => html`<span>${before} <time datetime=${new Date(at).toISOString()} title=${utc(at)}>${clock(at)}</time> (<span data-until=${at} .textContent=${left(at)}></span>)</span>`;

// since is "20 s ago".
export const since = (at) => html`<time data-since=${at} datetime=${new Date(at).toISOString()} title=${utc(at)} .textContent=${ago(at)}></time>`;

const left = (at) => (at - Date.now() > 500 ? `in ${duration((at - Date.now()) / 1000).replace(/\.\d s/, " s")}` : "now");

function countAll() {
  for (const node of document.querySelectorAll("[data-until]")) setText(node, left(Number(node.dataset.until)));
  for (const node of document.querySelectorAll("[data-since]")) setText(node, ago(Number(node.dataset.since)));
}

setInterval(() => { if (!document.hidden) countAll(); }, 1000);
