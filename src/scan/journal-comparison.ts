/** What stands at a key against what the journal names. Pure. */
import type { KeyFacts } from './key-facts.js';

/** True when the journal names content of the key. */
export function isManaged(facts: Pick<KeyFacts, 'state'>): boolean {
  return facts.state !== null && facts.state.generation !== null;
}

/** How the objects that stand there differ from what the journal names: paths, and names of files that are gone. */
export function compareWithJournal({
  objects,
  state,
  prefix,
}: Pick<KeyFacts, 'objects' | 'state' | 'prefix'>): {
  readonly foreign: ReadonlySet<string>;
  readonly changed: ReadonlySet<string>;
  readonly gone: readonly string[];
} {
  const foreign = new Set<string>();
  const changed = new Set<string>();
  const named = new Map((state?.files ?? []).map((file) => [prefix + file.name, file]));
  for (const object of objects) {
    const file = named.get(object.path);
    if (file === undefined) foreign.add(object.path);
    else if (file.size !== object.size || file.etag !== object.etag) changed.add(object.path);
    named.delete(object.path);
  }
  return { foreign, changed, gone: [...named.values()].map((file) => file.name) };
}
