/**
 * Purge: earlier copies of some keys' rows go now, whatever their age, because they must (a legal erasure). What readers find is
 * never touched, nor a key that somebody works on. The rules are in docs/publication.md, "Removal".
 */
import type { Instant } from '../core/instant.js';
import { partitionPrefix } from '../core/layout.js';
import type { KeyState, RetainedGeneration } from '../journal/entry.js';
import type { ObjectInfo } from '../store/object-store.js';
import { keyBelow, stagedAt } from './copies.js';
import type { Copies, KeyCopies } from './copies.js';
import { dropFact, removeAll, sizeOf, uploadCandidate } from './garbage.js';
import type { Candidate, GcItem } from './garbage.js';
import { findVersionsBelow, isData, lockedOf, notReadable, versionsCandidate } from './old-versions.js';
import type { Below, OldVersions } from './old-versions.js';
import type { PublishContext } from './publisher.js';

export interface PurgeOptions {
  readonly now: Instant;
  readonly dryRun: boolean;
  readonly wanted: (key: string) => boolean;
  /** In words, why staged output of a run that is over must stay; null: nobody can publish it any more. */
  readonly whyStaged: (run: string, state: KeyState, now: Instant) => Promise<string | null>;
}

/** A folder of copies that goes, with the old versions below it. */
interface Place {
  readonly kind: GcItem['kind'];
  readonly prefix: string;
  readonly objects: readonly ObjectInfo[];
  readonly why: string;
}

interface Found {
  readonly places: Place[];
  readonly drop: { readonly key: string; readonly retained: RetainedGeneration }[];
  /** What is removed in a way of its own, or only told. */
  readonly others: Candidate[];
  /** Keys that nobody works on. */
  readonly keys: Set<string>;
  /** Folders that stay. */
  readonly left: Set<string>;
}

/** What was (or would be) removed or left, key by key. */
export async function purge(
  context: PublishContext,
  copies: Copies,
  options: PurgeOptions,
): Promise<GcItem[]> {
  const found: Found = { places: [], drop: [], others: [], keys: new Set(), left: new Set() };
  for (const key of [...copies.keys.keys()].filter(options.wanted).sort())
    await lookAt(context, copies, copies.keys.get(key)!, options, found);
  const versions = await versionsOf(context, copies, found);
  // The entry first, one for all keys: from then on no rollback may use them, and a purge that is cut here goes on by the folders.
  if (!options.dryRun && found.drop.length > 0)
    await context.journal.submit(found.drop.map(({ key, retained }) => dropFact(key, retained)));
  const items = await removeAll(
    [...withVersions(context, found.places, versions), ...found.others],
    options.dryRun,
  );
  if (!options.dryRun)
    for (const { prefix, kind } of found.places)
      if (kind === 'staging') await context.store.folders?.removeEmpty(runFolder(context, prefix), 0);
  return items;
}

async function lookAt(
  context: PublishContext,
  copies: Copies,
  { key, retained, staged, prepared }: KeyCopies,
  options: PurgeOptions,
  found: Found,
): Promise<void> {
  const state = context.journal.key(key);
  const held = copies.heldBy(state);
  const folder = `${context.control.retained}${key}/`;
  if (held !== null) {
    const all = [...retained, ...[...staged.values()].flat()];
    found.others.push(
      left('retained', folder, all, `${key} is in flight: ${held}; purge it again afterwards`),
    );
    return;
  }
  found.keys.add(key);
  for (const generation of state.retained) {
    if (generation.prefix === null) continue;
    const { prefix, at } = generation;
    const objects = retained.filter(({ path }) => path.startsWith(prefix));
    found.drop.push({ key, retained: generation });
    found.places.push({ kind: 'retained', prefix, objects, why: `replaced at ${at}, purged` });
  }
  const named = state.retained.flatMap(({ prefix }) => (prefix === null ? [] : [prefix]));
  const unnamed = retained.filter(({ path }) => !named.some((prefix) => path.startsWith(prefix)));
  for (const prefix of new Set(
    unnamed.map(({ path }) => path.slice(0, path.indexOf('/', folder.length) + 1)),
  )) {
    const objects = unnamed.filter(({ path }) => path.startsWith(prefix));
    found.places.push({ kind: 'orphan', prefix, objects, why: 'no entry names it any more, purged' });
  }
  for (const [run, objects] of staged)
    await lookAtStaged(context, copies, { run, objects, state }, options, found);
  for (const upload of prepared)
    found.others.push(uploadCandidate(context, upload, 'an upload that no entry names, purged'));
}

/** Output that can still be published may be the very correction: a person decides about it first. */
async function lookAtStaged(
  { control }: PublishContext,
  { live }: Copies,
  {
    run,
    objects,
    state,
  }: { readonly run: string; readonly objects: readonly ObjectInfo[]; readonly state: KeyState },
  { now, whyStaged }: PurgeOptions,
  found: Found,
): Promise<void> {
  const prefix = `${control.staging}${run}/${state.key}/`;
  const why = live.has(run)
    ? `run ${run} is not over; purge it again afterwards`
    : await whyStaged(run, state, now);
  if (why === null) {
    found.places.push({ kind: 'staging', prefix, objects, why: `output of run ${run}, purged` });
    return;
  }
  found.left.add(prefix);
  found.others.push(left('staging', prefix, objects, why));
}

function left(kind: GcItem['kind'], path: string, objects: readonly ObjectInfo[], why: string): Candidate {
  return { kind, path, objects: objects.length, bytes: sizeOf(objects), why, remove: null };
}

/** Old versions of the copies, and of the data files that lakefill replaced. */
async function versionsOf(
  context: PublishContext,
  copies: Copies,
  { keys, left, others }: Found,
): Promise<OldVersions[]> {
  const { control, layout } = context;
  const staged = (path: string): boolean => {
    const place = stagedAt(context, path);
    return (
      place !== null &&
      keys.has(place.key) &&
      !copies.live.has(place.run) &&
      !left.has(`${control.staging}${place.run}/${place.key}/`)
    );
  };
  const places: Below[] =
    keys.size === 0
      ? []
      : [
          {
            prefix: control.retained,
            isOurs: (path) => keys.has(keyBelow(layout, path, control.retained) ?? ''),
          },
          { prefix: control.staging, isOurs: staged },
          ...[...keys].map((key) => ({ prefix: partitionPrefix(layout, key), isOurs: isData })),
        ];
  const found = await findVersionsBelow(context, places);
  if (!('unreadable' in found)) return [...found];
  others.push(notReadable(context, found));
  return [];
}

/** Each place with what is below it, and the versions that are below none. */
function withVersions(
  context: PublishContext,
  places: readonly Place[],
  versions: readonly OldVersions[],
): Candidate[] {
  const taken = new Set<OldVersions>();
  const candidates = places.map((place): Candidate => {
    const below = versions.filter((one) => !taken.has(one) && one.folder.startsWith(place.prefix));
    for (const one of below) taken.add(one);
    return {
      kind: place.kind,
      path: place.prefix,
      objects: place.objects.length + below.reduce((sum, { objects }) => sum + objects, 0),
      bytes: sizeOf(place.objects) + below.reduce((sum, { bytes }) => sum + bytes, 0),
      why: place.why,
      remove: () => removePlace(context, place),
    };
  });
  const alone = versions
    .filter((one) => !taken.has(one))
    .map((one) =>
      versionsCandidate(one, 'old versions of objects that lakefill replaced or removed, purged'),
    );
  return [...candidates, ...alone];
}

/** What says that staged output is whole goes first: output without it is never published. */
async function removePlace(context: PublishContext, { prefix, objects }: Place) {
  const paths = objects.map(({ path }) => ({ path, etag: null }));
  const records = paths.filter(({ path }) => path.endsWith('.json'));
  if (records.length > 0) await context.store.delete(records);
  await context.store.delete(paths.filter(({ path }) => !path.endsWith('.json')));
  const old = await findVersionsBelow(context, [{ prefix, isOurs: () => true }]);
  if ('unreadable' in old) return null; // told once for all
  const kept = [];
  for (const one of old) kept.push(await one.remove());
  return lockedOf(kept);
}

function runFolder({ control }: PublishContext, prefix: string): string {
  return prefix.slice(0, prefix.indexOf('/', control.staging.length) + 1);
}
