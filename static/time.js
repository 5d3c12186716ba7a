// Times in words. Every function takes ISO 8601 text; now is milliseconds.

const day = 86_400;
const dateFormat = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });
const shortFormat = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const clockFormat = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });

export const date = (iso) => (iso ? dateFormat.format(new Date(iso)) : "–");
export const shortDate = (iso) => shortFormat.format(new Date(iso));
export const clock = (iso) => clockFormat.format(new Date(iso));

// zone is what the page's times are in: "GMT+1". Said once, at its foot.
export const zone = () => new Intl.DateTimeFormat("en-GB", { timeZoneName: "short" }).formatToParts().find((part) => part.type === "timeZoneName")?.value ?? "";

// utc is the whole moment, for whoever points at a time.
export const utc = (iso) => (iso ? `${new Date(iso).toISOString().slice(0, 19).replace("T", " ")} UTC` : "");

// moment is the clock for today, and the date with it for other days.
export function moment(iso, now = Date.now()) {
  if (!iso) return "–";
  return date(iso) === dateFormat.format(now) ? clock(iso) : `${date(iso)}, ${clock(iso).slice(0, 5)}`;
}

// relative is "in 43 days" or "12 days ago". Full days count: what ends in 47
// hours ends "in 1 day".
export function relative(iso, now = Date.now()) {
  if (!iso) return "";
  const seconds = Math.trunc((new Date(iso).getTime() - now) / 1000);
  const amount = Math.abs(seconds);
  const [count, unit] = amount >= day ? [amount / day, "day"] : amount >= 3600 ? [amount / 3600, "hour"] : [amount / 60, "minute"];
  const whole = Math.floor(count);
  if (whole === 0) return "now";
  const words = `${whole} ${unit}${whole === 1 ? "" : "s"}`;
  return seconds > 0 ? `in ${words}` : `${words} ago`;
}

// ago is "just now", "20 s ago", "5 min ago": how fresh something is.
export function ago(iso, now = Date.now()) {
  const seconds = Math.max(0, Math.round((now - new Date(iso).getTime()) / 1000));
  return seconds < 5 ? "just now" : seconds < 100 ? `${Math.floor(seconds / 5) * 5} s ago` : seconds < 7200 ? `${Math.round(seconds / 60)} min ago` : `${Math.round(seconds / 3600)} h ago`;
}

// duration is "0.4 s", "12 s", "3 min 4 s", "2 h 5 min", "3 d 4 h".
export function duration(seconds) {
  if (seconds < 9.95) return `${Math.max(0, seconds).toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return pair(whole, 60, "min", 1, "s");
  if (whole < 2 * day) return pair(whole, 3600, "h", 60, "min");
  return pair(whole, day, "d", 3600, "h");
}

function pair(seconds, large, largeUnit, small, smallUnit) {
  const rest = Math.floor((seconds % large) / small);
  return `${Math.floor(seconds / large)} ${largeUnit}${rest ? ` ${rest} ${smallUnit}` : ""}`;
}
