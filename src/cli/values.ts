/** Parsers of flag values. A wrong value is refused with what is allowed; the library judges what needs a definition. */
import { InvalidArgumentError } from 'commander';

export function positiveInteger(text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError('Give a whole number from 1 upwards.');
  return value;
}

export function limit(text: string): number | 'all' {
  if (text === 'all') return 'all';
  try {
    return positiveInteger(text);
  } catch {
    throw new InvalidArgumentError("Give a whole number from 1 upwards, or 'all'.");
  }
}

const PREFIXES = ['', 'k', 'm', 'g', 't', 'p'];

/** `200GB` (decimal), `1.5GiB` (binary), `1048576` (bytes): as sizes in definitions. */
export function byteSize(text: string): number {
  const match = /^\s*(\d+(?:\.\d+)?)\s*(?:([kmgtp]?)b|([kmgtp])ib)?\s*$/i.exec(text);
  const [, number, decimal = '', binary] = match ?? [];
  const power = PREFIXES.indexOf((binary ?? decimal).toLowerCase());
  const bytes = Math.round(Number(number) * (binary === undefined ? 1000 : 1024) ** power);
  if (!Number.isSafeInteger(bytes) || bytes < 1)
    throw new InvalidArgumentError('Give a size such as 500MB, 200GB or 1.5GiB.');
  return bytes;
}

const MILLISECONDS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Milliseconds of `90s`, `45m`, `6h`, `1d`: as durations in definitions. */
export function duration(text: string): number {
  const match = /^\s*(\d+)\s*(s|m|h|d)\s*$/.exec(text);
  const ms = Number(match?.[1]) * MILLISECONDS[match?.[2] as keyof typeof MILLISECONDS];
  if (!Number.isSafeInteger(ms) || ms < 1)
    throw new InvalidArgumentError('Give a time such as 90s, 45m or 6h.');
  return ms;
}

export function oneOf<Choice extends string>(...choices: readonly Choice[]): (text: string) => Choice {
  return (text) => {
    const choice = choices.find((c) => c === text);
    if (choice === undefined) throw new InvalidArgumentError(`Give ${choices.join(' or ')}.`);
    return choice;
  };
}

/** A flag that may be given many times. */
export function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

/** A flag that may be given many times and takes lists: `--only missing,stale`. */
export function collectList(text: string, before: readonly string[] = []): readonly string[] {
  const words = text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
  if (words.length === 0) throw new InvalidArgumentError('Give at least one word.');
  return [...before, ...words];
}

/** Text that says something. */
export function words(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('Give a text.');
  return text;
}
