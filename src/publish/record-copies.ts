/**
 * A local lake that was copied, restored or moved to another disk: its files have other versions and the published bytes, which each scan
 * finds out by reading them. Records the versions that stand now, once, so that nothing needs to be read again.
 */
import pLimit from 'p-limit';
import { randomId } from '../core/id.js';
import { partitionPrefix } from '../core/layout.js';
import type { JournalState, KeyState, RefreshedFact } from '../journal/entry.js';
import { listAll } from '../store/object-store.js';
import type { ObjectInfo } from '../store/object-store.js';
import { asTheyStand } from './as-they-stand.js';
import type { PublishContext } from './publisher.js';

/** Keys whose files are read at the same time. */
const READ_AT_ONCE = 4;

/**
 * What would have to be recorded, a fact for each key with such files. Lists the target, and reads what differs in version alone; stores
 * without folders have no copies of this kind. A file with other bytes keeps its recorded version: a scan reports it.
 */
export async function findCopies(
  context: Pick<PublishContext, 'store' | 'layout'>,
  state: JournalState,
): Promise<RefreshedFact[]> {
  if (context.store.folders === undefined) return [];
  const managed = [...state.keys.values()].filter(
    ({ phase, generation, files }) => phase === 'stable' && generation !== null && files.length > 0,
  );
  if (managed.length === 0) return [];
  // Places that cannot be listed hold no proven copies.
  const objects = await listAll(context.store, context.layout.root.path, { onUnlisted: () => undefined });
  const listed = new Map(objects.map((object) => [object.path, object]));
  const facts = await pLimit(READ_AT_ONCE).map(managed, (key) => restamp(context, key, listed));
  return facts.filter((fact) => fact !== null);
}

/** Records them; a key that moved meanwhile refuses its fact, which is fine. Gives back the keys that were recorded. */
export async function recordCopies(context: PublishContext): Promise<string[]> {
  const facts = await findCopies(context, context.journal.state);
  const submitted = await Promise.all(facts.map((fact) => context.journal.submit([fact])));
  return facts.filter((_, i) => submitted[i]!.outcome === 'recorded').map(({ key }) => key);
}

async function restamp(
  context: Pick<PublishContext, 'store' | 'layout'>,
  state: KeyState,
  listed: ReadonlyMap<string, ObjectInfo>,
): Promise<RefreshedFact | null> {
  const prefix = partitionPrefix(context.layout, state.key);
  const there = new Map(
    state.files.flatMap(({ name }) => {
      const object = listed.get(prefix + name);
      return object === undefined ? [] : [[name, object] as const];
    }),
  );
  const files = await asTheyStand(context.store, state.files, there);
  if (files.every((file, i) => file.etag === state.files[i]!.etag) || state.record === null) return null;
  return {
    fact: 'refreshed',
    key: state.key,
    attempt: randomId(),
    plan: state.madeBy?.plan ?? '',
    generation: state.generation!,
    record: state.record,
    files,
  };
}
