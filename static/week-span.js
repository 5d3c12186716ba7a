// The weeks by which certificates can be chosen.
import { shortDate } from "./time.js";

const day = 86_400_000;
export const week = 7 * day;
export const ahead = 14; // weeks: a little more than the 90 days that most certificates last

// spanOf is the time that a column stands for: {from, to, words}; nothing for no column.
export function spanOf(key, now = Date.now()) {
  if (!key) return {};
  if (key === "past") return { from: -Infinity, to: now, words: "Expired" };
  const i = Number(key.replace("later-", ""));
  if (!Number.isInteger(i) || i < 0 || i > ahead) return {};
  const from = now + i * week;
  return key.startsWith("later-") ? { from, to: Infinity, words: `After ${shortDate(from)}` } : { from, to: from + week, words: `${shortDate(from)} – ${shortDate(from + week - day)}` };
}
