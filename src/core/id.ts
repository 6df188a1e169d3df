/** Ids: sortable by time, unguessable enough never to meet twice. */
import { randomBytes, randomInt } from 'node:crypto';
import type { Instant } from './instant.js';

/** The milliseconds of a second, 0 to 999, fill ten bits of the last 24; the others are random. */
const RANDOM_BITS = 14;

/** Id of a plan or run: UTC time and 6 hex digits, `20250201T090000-1f9a3c`. Sorts by time, to the millisecond. */
export function timedId(now: Instant): string {
  const at = new Date(now);
  const stamp = at.toISOString().replace(/[-:]/g, '').slice(0, 15);
  const rest = at.getUTCMilliseconds() * 2 ** RANDOM_BITS + randomInt(2 ** RANDOM_BITS);
  return `${stamp}-${rest.toString(16).padStart(6, '0')}`;
}

/** 64 random bits in hex: attempts and nonces. */
export function randomId(): string {
  return randomBytes(8).toString('hex');
}
