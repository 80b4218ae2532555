const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
];
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const exact = new Intl.DateTimeFormat("en", {
  dateStyle: "medium",
  timeStyle: "medium",
  hourCycle: "h23",
});
const day = new Intl.DateTimeFormat("en", { dateStyle: "medium" });
const number = new Intl.NumberFormat("en");

/** “3 hours ago”; beyond a month the date. */
export function formatAgo(moment: string, now = Date.now()): string {
  const seconds = (Date.parse(moment) - now) / 1000;
  if (Math.abs(seconds) > 30 * 86_400) return day.format(Date.parse(moment));
  for (const [unit, size] of UNITS) {
    if (Math.abs(seconds) >= size) return relative.format(Math.round(seconds / size), unit);
  }
  return "just now";
}

export function isAhead(moment: string, now = Date.now()): boolean {
  return Date.parse(moment) > now;
}

export function formatMoment(moment: string): string {
  return exact.format(Date.parse(moment));
}

export function formatDay(moment: string): string {
  return day.format(Date.parse(moment));
}

export function formatNumber(value: number): string {
  return number.format(value);
}

/** “1 record”, “2 records”. */
export function formatCount(count: number, one: string, many = `${one}s`): string {
  return `${formatNumber(count)} ${count === 1 ? one : many}`;
}

/** “340 ms”, “2.4 s”, “3 min”; so far, where it has not ended. */
export function formatDuration(start: string | null, end: string | null, now = Date.now()): string {
  if (start === null) return "";
  const ms = Math.max(0, (end === null ? now : Date.parse(end)) - Date.parse(start));
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < 3_600_000) return `${Math.round(ms / 60_000)} min`;
  return `${(ms / 3_600_000).toFixed(1)} h`;
}

const BYTES = ["bytes", "kB", "MB", "GB", "TB"];

/** “2.4 MB”. */
export function formatBytes(size: number): string {
  const step = size < 1 ? 0 : Math.min(Math.floor(Math.log10(size) / 3), BYTES.length - 1);
  const shown = size / 1000 ** step;
  return `${shown.toFixed(step > 0 && shown < 10 ? 1 : 0)} ${BYTES[step]}`;
}

/** The end of a long id, which tells it from others at a glance: ids of one time begin alike. */
export function shortId(id: string): string {
  return id.length > 12 ? `…${id.slice(-6)}` : id;
}
