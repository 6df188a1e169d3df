/**
 * Adoption: facts about files that stand there already become entries, many to an entry. Nothing but the journal is written, and
 * whatever dies in between leaves whole entries: the keys that are in one are adopted, the others are as they were.
 */
import { randomId } from '../core/id.js';
import type { AdoptedFact } from '../journal/entry.js';
import type { Journal } from '../journal/journal.js';

/** Facts of so many keys share an entry. */
const KEYS_AN_ENTRY = 1000;

export type AdoptResult =
  | { readonly outcome: 'adopted' }
  /** Someone else moved the key since it was looked at; in words. */
  | { readonly outcome: 'conflict'; readonly why: string }
  | { readonly outcome: 'cancelled' };

/** Results in the order of the facts. Throws the journal's error; what is recorded by then stays. */
export async function recordAdoptions(
  journal: Journal,
  facts: readonly Omit<AdoptedFact, 'attempt'>[],
  options: { readonly signal?: AbortSignal | undefined; readonly keysAnEntry?: number } = {},
): Promise<AdoptResult[]> {
  const { signal, keysAnEntry = KEYS_AN_ENTRY } = options;
  const results: AdoptResult[] = [];
  for (let first = 0; first < facts.length; first += keysAnEntry) {
    if (signal?.aborted) break;
    const group = facts.slice(first, first + keysAnEntry);
    // One submission a key: one that moved is refused alone, the others share the entry.
    const submitted = await Promise.all(
      group.map((fact) => journal.submit([{ ...fact, attempt: randomId() }])),
    );
    results.push(
      ...submitted.map((one): AdoptResult =>
        one.outcome === 'recorded' ? { outcome: 'adopted' } : { outcome: 'conflict', why: one.why },
      ),
    );
  }
  while (results.length < facts.length) results.push({ outcome: 'cancelled' });
  return results;
}
