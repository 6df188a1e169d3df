/** Durations as people write them, `90m`, `6h`, `7d`, `2w`: fixed lengths in milliseconds, a day is 24 hours. */

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/** Milliseconds of one whole number and its unit (`ms s m h d w`), or null: no sign, no fraction, no unit left out except for `0`. */
export function parseDuration(text: string): number | null {
  if (text.trim() === '0') return 0;
  const match = /^\s*(\d+)\s*(ms|s|m|h|d|w)\s*$/.exec(text);
  if (match === null) return null;
  const ms = Number(match[1]) * UNITS[match[2] as keyof typeof UNITS];
  return Number.isSafeInteger(ms) ? ms : null;
}

/** The shortest exact text up to days: 5,400,000 -> `90m`, 604,800,000 -> `7d`, 0 -> `0s`. Fractions of a millisecond are rounded away. */
export function formatDuration(ms: number): string {
  const whole = Math.round(ms);
  if (whole === 0) return '0s';
  const unit = (['d', 'h', 'm', 's'] as const).find((u) => whole % UNITS[u] === 0) ?? 'ms';
  return `${whole / UNITS[unit]}${unit}`;
}
