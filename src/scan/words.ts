/** Small phrases that messages of scan and plan share. */
import { shownLocation } from '../core/location.js';
import type { ObjectInfo } from '../store/object-store.js';

/** Three of them, and how many more. */
export function listed(items: readonly string[]): string {
  const more = items.length > 3 ? ` and ${items.length - 3} more` : '';
  return items.slice(0, 3).join(', ') + more;
}

/** `1 file`, `3 files`. */
export function count(n: number, noun: string, nouns = `${noun}s`): string {
  return `${n} ${n === 1 ? noun : nouns}`;
}

/** Full places of the objects, three of them. */
export function places(store: string, objects: readonly ObjectInfo[]): string {
  return listed(objects.map(({ path }) => shownLocation({ store, path })));
}
