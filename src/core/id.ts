/** Ids: sortable by time, unguessable enough never to meet twice. */
import { randomBytes } from 'node:crypto';
import type { Instant } from './instant.js';

/** Id of a plan or run: UTC time and 6 random hex digits, `20250201T090000-1f9a3c`. Sorts by time. */
export function timedId(now: Instant): string {
  const stamp = new Date(now).toISOString().replace(/[-:]/g, '').slice(0, 15);
  return `${stamp}-${randomBytes(3).toString('hex')}`;
}

/** 64 random bits in hex: attempts and nonces. */
export function randomId(): string {
  return randomBytes(8).toString('hex');
}
