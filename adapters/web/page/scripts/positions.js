/**
 * Positions count samples, never milliseconds of a clock: at 16 kHz in events, at the client's own rate in what it sends.
 */

/** The rate at which all positions in events count. */
export const SAMPLE_RATE_HZ = 16000;

/** How many seconds so many samples last. */
export function samplesToSeconds(samples, rateHz = SAMPLE_RATE_HZ) {
  return samples / rateHz;
}

/** How many samples so many seconds have, to the nearest one. */
export function secondsToSamples(seconds, rateHz = SAMPLE_RATE_HZ) {
  return Math.round(seconds * rateHz);
}

/** A duration as `0:05`, or `1:02:05` from an hour on. */
export function clockTime(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const clock = `${minutes}:${String(rest).padStart(2, "0")}`;
  return hours ? `${hours}:${clock.padStart(5, "0")}` : clock;
}

/** A duration in words for a screen reader: `1 minute 5 seconds`. */
export function spokenTime(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [minutes, rest] = [Math.floor(whole / 60), whole % 60];
  const part = (count, unit) => (count ? [`${count} ${unit}${count === 1 ? "" : "s"}`] : []);
  return [...part(minutes, "minute"), ...part(rest, "second")].join(" ") || "the beginning";
}

/** A short time as a reader takes it in: `0.42 s`, `12 s`. */
export function shortSeconds(seconds) {
  return `${seconds < 10 ? seconds.toFixed(2) : Math.round(seconds)} s`;
}

/** A moment since 1970 as today's time or an earlier day's date and time, in the reader's own words. */
export function moment(secondsSince1970, now = new Date()) {
  const at = new Date(secondsSince1970 * 1000);
  const time = { hour: "2-digit", minute: "2-digit" };
  if (at.toDateString() === now.toDateString()) return at.toLocaleTimeString([], time);
  const day = { day: "numeric", month: "short", ...(at.getFullYear() === now.getFullYear() ? {} : { year: "numeric" }) };
  return `${at.toLocaleDateString([], day)}, ${at.toLocaleTimeString([], time)}`;
}

/** A moment since 1970 with the day in words: `Today, 14:03`. */
export function fullMoment(secondsSince1970, now = new Date()) {
  return `${dayName(secondsSince1970, now)}, ${timeOfDay(secondsSince1970)}`;
}

/** The time of the day of a moment since 1970, as the reader writes it. */
export function timeOfDay(secondsSince1970) {
  return new Date(secondsSince1970 * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}

/** The day of a moment since 1970 in words: `Today`, `Yesterday`, `Monday 2 November`. */
export function dayName(secondsSince1970, now = new Date()) {
  const at = new Date(secondsSince1970 * 1000);
  const days = Math.round((startOfDay(now) - startOfDay(at)) / 86_400_000);
  const long = { weekday: "long", day: "numeric", month: "long", ...(at.getFullYear() === now.getFullYear() ? {} : { year: "numeric" }) };
  return ["Today", "Yesterday"][days] ?? at.toLocaleDateString([], long);
}

function startOfDay(date) {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate());
}
