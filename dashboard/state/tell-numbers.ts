/** Times, sizes and spans in the reader's language. `Intl` objects are costly: one of each is kept. */
const locale = typeof navigator === "undefined" ? "en-GB" : navigator.language;
/** Words of the dashboard are English; digits and order of a date are the reader's. */
const clock = new Intl.DateTimeFormat(locale, { hour: "numeric", minute: "2-digit" });
const dayAndMonth = new Intl.DateTimeFormat(locale, { day: "numeric", month: "long" });
const dayMonthYear = new Intl.DateTimeFormat(locale, { dateStyle: "medium" });
const isoDay = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: "UTC" });
const dateAndTime = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
const oneDigit = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

export const tellTime = (at: number): string => clock.format(at);
export const tellDateAndTime = (at: number): string => dateAndTime.format(at);
export const tellDate = (at: number): string => dayMonthYear.format(at);
/** A day as the server counts it, "2026-11-21". */
export const tellIsoDay = (day: string): string => isoDay.format(Date.parse(day));
export const tellCount = (count: number): string => whole.format(count);

/** "12", or "50+" where there may be more than were counted. */
export const tellAtLeast = (count: number, atLeast: boolean): string =>
  atLeast ? `${whole.format(count)}+` : whole.format(count);

/** "one photo", "3 photos". */
export function tellMany(count: number, one: string, many: string): string {
  return `${whole.format(count)} ${count === 1 ? one : many}`;
}

/** "Today", "Yesterday", or the date; the year only where it differs. */
export function tellDay(at: number, now: number): string {
  const days = daysBetween(at, now);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  return sameYear ? dayAndMonth.format(at) : dayMonthYear.format(at);
}

/** In a list: the time today, the day before that. */
export function tellListTime(at: number, now: number): string {
  return daysBetween(at, now) === 0 ? clock.format(at) : tellDay(at, now);
}

/** In a sentence: "today, 9:58", "3 March, 9:58". */
export function tellMoment(at: number, now: number): string {
  const word = tellDay(at, now);
  const days = daysBetween(at, now);
  const inside = days === 0 || days === 1 ? word.toLowerCase() : word;
  return `${inside}, ${clock.format(at)}`;
}

/** At the beginning of one: "Today, 9:58". */
export function tellMomentFirst(at: number, now: number): string {
  return `${tellDay(at, now)}, ${clock.format(at)}`;
}

function daysBetween(at: number, now: number): number {
  const from = new Date(at).setHours(0, 0, 0, 0);
  const to = new Date(now).setHours(0, 0, 0, 0);
  return Math.round((to - from) / day);
}

/** How long: "under 1 min", "4 min", "3 h", "2 d". Never negative: clocks differ. */
export function tellSpan(ms: number): string {
  if (ms < minute) return "under 1 min";
  if (ms < hour) return `${whole.format(Math.floor(ms / minute))} min`;
  if (ms < 2 * day) return `${whole.format(Math.floor(ms / hour))} h`;
  return `${whole.format(Math.floor(ms / day))} d`;
}

/** Bytes as people read them: "412 KB", "3.9 MB". */
export function tellBytes(bytes: number): string {
  if (bytes < 1000) return `${whole.format(bytes)} B`;
  if (bytes < 1_000_000) return `${whole.format(bytes / 1000)} KB`;
  if (bytes < 1_000_000_000) return `${oneDigit.format(bytes / 1_000_000)} MB`;
  return `${oneDigit.format(bytes / 1_000_000_000)} GB`;
}
