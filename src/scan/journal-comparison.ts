/** What stands at a key against what the journal names. Pure. */
import type { KeyFacts } from './key-facts.js';

/** True when the journal names content of the key. */
export function isManaged(facts: Pick<KeyFacts, 'state'>): boolean {
  return facts.state !== null && facts.state.generation !== null;
}

/**
 * How the objects that stand there differ from what the journal names: paths, and names of files that are gone. Where
 * `content` says what the bytes are, that decides; elsewhere size and version do.
 */
export function compareWithJournal({
  objects,
  state,
  prefix,
  content,
}: Pick<KeyFacts, 'objects' | 'state' | 'prefix'> & Partial<Pick<KeyFacts, 'content'>>): {
  readonly foreign: ReadonlySet<string>;
  /** `edited`: other bytes under the recorded size and version. */
  readonly changed: ReadonlyMap<string, 'replaced' | 'edited'>;
  readonly gone: readonly string[];
} {
  const foreign = new Set<string>();
  const changed = new Map<string, 'replaced' | 'edited'>();
  const named = new Map((state?.files ?? []).map((file) => [prefix + file.name, file]));
  for (const object of objects) {
    const file = named.get(object.path);
    named.delete(object.path);
    if (file === undefined) {
      foreign.add(object.path);
      continue;
    }
    const sameVersion = file.size === object.size && file.etag === object.etag;
    const bytes = content?.get(object.path) ?? (sameVersion ? 'recorded' : 'other');
    if (bytes === 'other') changed.set(object.path, sameVersion ? 'edited' : 'replaced');
  }
  return { foreign, changed, gone: [...named.values()].map((file) => file.name) };
}

/** True when exactly what the journal names stands there, by size and version. */
export function standsAsRecorded(facts: Pick<KeyFacts, 'objects' | 'state' | 'prefix'>): boolean {
  const { foreign, changed, gone } = compareWithJournal(facts);
  return foreign.size + changed.size + gone.length === 0;
}
