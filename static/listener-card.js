// The card of the front page for what else on the gateway needs somebody.
import { addressOf, bad, endOf, needs, soon, stateOf, title } from "./listener-words.js";
import { date } from "./time.js";

// asked are the worst of the listeners: enough for the card.
export const asked = "listeners?top=50";

// listenerCard makes it of the API's answer; null if nothing needs anybody.
export function listenerCard({ listeners, states }) {
  const found = listeners.filter((row) => needs(row));
  const count = found.length < listeners.length ? found.length : Math.max(found.length, bad.reduce((n, state) => n + (states[state] ?? 0), 0));
  if (!count) return null;
  const red = found.some((row) => stateOf(row).kind === "expired"), [first] = found;
  return {
    key: "listeners", kind: red ? "expired" : "overdue", icon: red ? "stop" : "warn", count, action: "listeners",
    title: count === 1 ? "A certificate of others needs somebody" : `${count} certificates of others need somebody`,
    why: count === 1 ? first.reason : "They are on the gateway, and certgate does not renew them.", fix: count === 1 ? first.fix : "",
    subjects: found.map((row) => ({ name: title(row), href: addressOf(row), note: soon(row) ? `ends ${date(endOf(row))}` : stateOf(row).label.toLowerCase() })),
  };
}
