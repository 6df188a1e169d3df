/** Sizes in bytes as people write them: `200GB` (decimal), `512MiB` (binary), plain numbers; printed in binary units. */

const DECIMAL = 1000;
const BINARY = 1024;
const POWERS = ['', 'k', 'm', 'g', 't', 'p'];
const SHOWN = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** Bytes, rounded to a whole number, or null. Case does not matter; `K`, `M`, `G` without `B` or `iB` are ambiguous and null. */
export function parseByteSize(text: string): number | null {
  const match = /^\s*(\d+(?:\.\d+)?)\s*(?:([kmgtp]?)(i?)b)?\s*$/i.exec(text);
  if (match === null) return null;
  const [, number, prefix = '', i = ''] = match;
  if (i !== '' && prefix === '') return null;
  const bytes = Math.round(
    Number(number) * (i === '' ? DECIMAL : BINARY) ** POWERS.indexOf(prefix.toLowerCase()),
  );
  return Number.isSafeInteger(bytes) ? bytes : null;
}

/** For people: the largest binary unit with at least 1 of it, one decimal below 10: `0 B`, `1.5 KiB`, `51 KiB`. */
export function formatByteSize(bytes: number): string {
  let power = 0;
  let value = bytes;
  // 1023.6 KiB would print as 1024 KiB: the rounded number decides.
  while (power < SHOWN.length - 1 && Math.round(value) >= BINARY) {
    value /= BINARY;
    power++;
  }
  const rounded = power === 0 || value >= 9.95 ? Math.round(value) : Math.round(value * 10) / 10;
  return `${rounded} ${SHOWN[power]}`;
}
