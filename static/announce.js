// What is said: for everybody as a message that passes, for screen readers in the status
// region.
import { setText } from "./html.js";

const sayFor = 6_000; // milliseconds that a message is seen; screen readers have it longer
const apart = 150; // between two messages, so that both are read
const toastsMost = 3;

const queue = [];
let saying = null;

// tell says something to screen readers alone: what the page shows already. Sentences go
// into the status region one after the other: two at once would be one.
export function tell(sentence) {
  queue.push(sentence);
  saying ??= setTimeout(next);
}

// say says it to everybody: a result of what a person did, or news from elsewhere.
export function say(sentence) {
  tell(sentence);
  const toasts = document.getElementById("toasts");
  if ([...toasts.children].some((toast) => toast.textContent === sentence)) return;
  const toast = document.createElement("p");
  toast.textContent = sentence;
  toasts.append(toast);
  while (toasts.childElementCount > toastsMost) toasts.firstElementChild.remove();
  setTimeout(() => toast.remove(), sayFor);
}

function next() {
  const sentence = queue.shift();
  saying = null;
  if (sentence === undefined) return;
  setText(document.getElementById("status"), sentence);
  saying = setTimeout(next, apart);
}
