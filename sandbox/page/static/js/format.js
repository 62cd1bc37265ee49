const DAY_MS = 86_400_000;

const style = (options) => new Intl.DateTimeFormat(undefined, options);
const CLOCK = style({ hour: "numeric", minute: "2-digit" });
const CLOCK_S = style({ hour: "numeric", minute: "2-digit", second: "2-digit" });
const SHORT_DAY = style({ dateStyle: "short" });
const SHORT_DAY_TIME = style({ dateStyle: "short", timeStyle: "short" });
const LONG_DAY = style({ year: "numeric", month: "long", day: "numeric" });
const LONG = style({ dateStyle: "long", timeStyle: "short" });
const FULL = style({ weekday: "long", year: "numeric", month: "long", day: "numeric", hour: "numeric", minute: "2-digit" });
const SHORT_DAY_TIME_S = style({ dateStyle: "short", timeStyle: "medium" });
const RELATIVE = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });

const startOfDay = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
const daysAgo = (date) => Math.round((startOfDay(new Date()) - startOfDay(date)) / DAY_MS);

/** `14:03`, beside a grouped message. */
export const clock = (date) => CLOCK.format(date);
/** The whole date, as the title of every shorter one. */
export const fullTime = (date) => FULL.format(date);
/** The line between two days. */
export const dayName = (date) => LONG_DAY.format(date);
export const isSameDay = (a, b) => startOfDay(a) === startOfDay(b);

/** `Today at 14:03`, `Yesterday at 9:10`, else the short date. */
export function messageTime(date) {
  const days = daysAgo(date);
  if (days === 0) return `Today at ${CLOCK.format(date)}`;
  if (days === 1) return `Yesterday at ${CLOCK.format(date)}`;
  return SHORT_DAY_TIME.format(date);
}

const UNITS = [["year", 31_557_600], ["month", 2_629_800], ["day", 86_400], ["hour", 3_600], ["minute", 60], ["second", 1]];

/** `3 minutes ago`, `in 2 days`. */
export function relative(date) {
  const seconds = (date.getTime() - Date.now()) / 1000;
  const [unit, size] = UNITS.find(([, s]) => Math.abs(seconds) >= s) ?? UNITS.at(-1);
  return RELATIVE.format(Math.round(seconds / size), unit);
}

const MARKS = {
  t: (d) => CLOCK.format(d), T: (d) => CLOCK_S.format(d), d: (d) => SHORT_DAY.format(d), D: (d) => LONG_DAY.format(d),
  f: (d) => LONG.format(d), F: (d) => FULL.format(d), s: (d) => SHORT_DAY_TIME.format(d),
  S: (d) => SHORT_DAY_TIME_S.format(d), R: relative,
};

/** A time mark `<t:…:style>` as Discord shows it. */
export const timeMark = (date, letter) => (MARKS[letter] ?? MARKS.f)(date);

/** `12 KB`. */
export function fileSize(bytes) {
  if (bytes < 1024) return `${bytes} bytes`;
  return bytes < 1_048_576 ? `${(bytes / 1024).toFixed(1)} KB` : `${(bytes / 1_048_576).toFixed(1)} MB`;
}

/** `1 message`, `2 messages`. */
export const counted = (count, noun) => `${count.toLocaleString()} ${noun}${count === 1 ? "" : "s"}`;
