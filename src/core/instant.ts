/** Instants: milliseconds since 1970-01-01T00:00:00Z, and their text form. No time zones here (see grain.ts). */

/** Milliseconds since the Unix epoch, UTC. */
export type Instant = number;

/** ISO 8601 in UTC; without milliseconds when they are zero: `2025-01-03T00:00:00Z`. */
export function formatInstant(instant: Instant): string {
  return new Date(instant).toISOString().replace('.000Z', 'Z');
}
