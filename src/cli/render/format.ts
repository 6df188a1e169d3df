/**
 * Numbers, sizes, durations and instants as people read them.
 *
 * Pure and without locale: the same document prints the same text everywhere.
 */

const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** Control characters as `\x1b`: names in a lake must not move a terminal's cursor. Newlines and tabs stay. */
export function clean(text: string): string {
  return text.replace(CONTROL, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** One line: control characters escaped, newlines and tabs turned into a space. */
export function oneLine(text: string): string {
  return clean(text.replace(/\s*[\n\t\r]+\s*/g, ' ').trim());
}

const ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** A name or a place, such as a key, as it is: a newline in it is shown as `\n`, not as a space. */
export function oneName(text: string): string {
  return clean(text.replace(/[\n\t\r]/g, (c) => ESCAPES[c]!));
}

/** `1,234,567`. */
export function formatCount(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 partition`, `1,200 partitions`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** `812 B`, `9.4 KiB`, `51 KiB`: at most one decimal, none from ten upwards. As the library's messages write sizes. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (Math.round(value) >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const rounded = unit === 0 || value >= 9.95 ? Math.round(value) : Math.round(value * 10) / 10;
  return `${rounded} ${UNITS[unit]}`;
}

/** `0.84 s`, `12 s`, `3 min 05 s`, `2 h 03 min`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 9.995) return `${seconds.toFixed(2)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
}

/** `2025-02-01 09:00:00Z`, from ISO text; whole seconds. */
export function formatTime(iso: string): string {
  return iso.replace('T', ' ').replace(/\.\d+Z$/, 'Z');
}

/** Seconds between two ISO instants. */
export function secondsBetween(startIso: string, endIso: string): number {
  return (Date.parse(endIso) - Date.parse(startIso)) / 1000;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
