/** Objects that know their keys: what zod reports of an unknown key, completed with the keys that exist. */
import { z } from 'zod';

const KNOWN = 'known keys: ';

/** An object without unknown keys; its issue for one carries the known ones (read back with `knownKeys`). */
export function strict<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? KNOWN + Object.keys(shape).join(' ') : undefined),
  });
}

/** The keys that an `unrecognized_keys` issue of a `strict` object knows. */
export function knownKeys(message: string): string[] {
  return message.startsWith(KNOWN) ? message.slice(KNOWN.length).split(' ') : [];
}
