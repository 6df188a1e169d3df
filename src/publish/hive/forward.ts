/**
 * Forward: an attempt in `promoting` or `cleaning` goes on to its end. Serves the publisher, recovery and Ctrl-C alike; every
 * call may fail and be made again by anyone. Steps and orders are in docs/publication.md.
 */
import { LakefillError } from '../../core/errors.js';
import type { Fact, JournalFile, PublishedFact } from '../../journal/entry.js';
import type { ObjectInfo } from '../../store/object-store.js';
import type { PublishContext, PublishResult } from '../publisher.js';
import { asTheyStand } from '../as-they-stand.js';
import { abortAttempt } from './abort.js';
import { allSettled, endedBy, inPlace, keysInFlight } from './attempt.js';
import type { KeyInFlight } from './attempt.js';
import { completeAll } from './complete.js';
import { currentByName } from './current.js';
import { persist } from './persist.js';
import { difference, isOvertaken } from './verify.js';

/**
 * Results for every key of the attempt, or for those `among` it that the publisher itself has in hand. Undoes it instead when an
 * upload can never complete or when the partition holds anything but old + new; once `cleaning` is recorded it only goes on.
 * Where all old files are gone and the new ones whole it goes on, whoever removed them: to undo would leave readers with nothing.
 */
export async function forward(
  context: PublishContext,
  attempt: string,
  among?: readonly string[],
): Promise<PublishResult[]> {
  const keys = keysInFlight(context, attempt, among);
  if (keys.length === 0) return [];
  switch (keys[0]!.state.phase) {
    case 'cleaning':
      return clean(context, keys);
    case 'promoting':
      return publish(context, attempt, keys);
    case 'aborting':
      return (await abortAttempt(context, attempt, 'it was being undone', among)) ?? [];
    case 'stable':
      throw new LakefillError('INTERNAL', `Attempt ${attempt} is in flight at a stable key.`);
  }
}

async function publish(
  context: PublishContext,
  attempt: string,
  keys: readonly KeyInFlight[],
): Promise<PublishResult[]> {
  const completed = await completeAll(
    context,
    keys.flatMap((key) => key.attempt.add),
  );
  if (typeof completed === 'string') return undo(context, attempt, keys, completed);
  const listings = await Promise.all(keys.map((key) => currentByName(context, key.key)));
  for (const [i, key] of keys.entries()) {
    const expected = { old: key.attempt.remove, added: key.attempt.add, etags: completed };
    const gone = isOvertaken(listings[i]!, expected, key.prefix);
    const why = difference(listings[i]!, gone ? { ...expected, old: [] } : expected, key.prefix);
    if (why !== null) return undo(context, attempt, keys, why);
  }
  const files = keys.map((key) => filesOf(key, completed));
  if (keys.every((key) => key.attempt.remove.length === 0)) return stable(context, keys, files, listings);

  // The commit point: once this entry is recorded, the old generation goes.
  const facts = keys.map((key, i): Fact => ({
    fact: 'cleaning',
    key: key.key,
    attempt,
    etags: files[i]!.map((file) => file.etag),
  }));
  const submitted = await context.journal.submit(facts);
  if (submitted.outcome === 'refused') return moved(context, attempt, keys);
  return goOn(context, attempt, keys);
}

async function clean(context: PublishContext, keys: readonly KeyInFlight[]): Promise<PublishResult[]> {
  await allSettled(keys.map((key) => removeOld(context, key)));
  const listings = await Promise.all(keys.map((key) => currentByName(context, key.key)));
  const files = await allSettled(
    keys.map((key, i) => {
      const etags = new Map(key.attempt.add.map((upload, n) => [upload.path, key.attempt.etags![n]!]));
      return asTheyStand(context.store, filesOf(key, etags), listings[i]!);
    }),
  );
  return stable(context, keys, files, listings);
}

/** Old objects that changed since the intent are left alone; the last listing reports them as foreign. */
async function removeOld(context: PublishContext, key: KeyInFlight): Promise<void> {
  if (key.attempt.remove.length === 0) return;
  const trash = `${context.control.retained}${key.key}/dropped-${key.attempt.attempt}/`;
  const into = key.attempt.retained ?? trash;
  const remove = (files: readonly JournalFile[]) =>
    persist(context.clock, () =>
      context.store.delete(
        files.map((file) => ({ path: key.prefix + file.name, etag: file.etag, moveTo: into + file.name })),
      ),
    );
  const results = await remove(key.attempt.remove);
  const changed = key.attempt.remove.filter((_, i) => results[i]!.outcome === 'changed');
  if (changed.length > 0) {
    // A lake that was copied or restored in the middle of this step has the old bytes under other versions: they go, too.
    const standing = await asTheyStand(context.store, changed, await currentByName(context, key.key));
    const same = standing.filter((file, i) => file.etag !== changed[i]!.etag);
    if (same.length > 0) await remove(same);
  }
  if (key.attempt.retained === null && context.store.capabilities.atomicMove) {
    // Best effort: gc removes what stays.
    await context.store
      .delete(key.attempt.remove.map((file) => ({ path: trash + file.name, etag: null })))
      .catch(() => undefined);
  }
}

async function stable(
  context: PublishContext,
  keys: readonly KeyInFlight[],
  files: readonly (readonly JournalFile[])[],
  listings: readonly ReadonlyMap<string, ObjectInfo>[],
): Promise<PublishResult[]> {
  const facts = keys.map((key, i): PublishedFact => ({
    fact: 'published',
    key: key.key,
    attempt: key.attempt.attempt,
    files: files[i]!,
    foreign: foreignTo(files[i]!, listings[i]!),
  }));
  const submitted = await context.journal.submit(facts);
  if (submitted.outcome === 'refused') return moved(context, keys[0]!.attempt.attempt, keys);
  return keys.map((key, i) => {
    const missing = files[i]!.filter((file) => !listings[i]!.has(file.name)).map((file) => file.name);
    return inPlace(key.key, key.attempt.generation, files[i]!, facts[i]!.foreign, missing);
  });
}

/** Names in the listing that are not ours, and ours whose object is another one by now. */
function foreignTo(files: readonly JournalFile[], listing: ReadonlyMap<string, ObjectInfo>): string[] {
  const etags = new Map(files.map((file) => [file.name, file.etag]));
  return [...listing].filter(([name, object]) => etags.get(name) !== object.etag).map(([name]) => name);
}

/** `etags` by path. */
function filesOf(key: KeyInFlight, etags: ReadonlyMap<string, string>): JournalFile[] {
  return key.attempt.add.map((upload) => ({
    name: upload.path.slice(key.prefix.length),
    size: upload.size,
    etag: etags.get(upload.path)!,
    sha256: upload.sha256,
  }));
}

/** An entry was refused: someone else moved this attempt. Nothing more is touched unless the journal still asks for it. */
async function moved(
  context: PublishContext,
  attempt: string,
  before: readonly KeyInFlight[],
): Promise<PublishResult[]> {
  await context.journal.refresh();
  const unmoved = keysInFlight(context, attempt, namesOf(before)).find(
    (key) => key.state.phase === 'promoting',
  );
  if (unmoved)
    throw new LakefillError(
      'INTERNAL',
      `Attempt ${attempt} was refused at ${unmoved.key} although nobody moved it.`,
    );
  // `cleaning` and `aborting` are decided: going on is what the other does too, and both may.
  return goOn(context, attempt, before);
}

/** As the journal shows the attempt now; keys that someone else brought to their end are told as they ended. */
async function goOn(
  context: PublishContext,
  attempt: string,
  before: readonly KeyInFlight[],
): Promise<PublishResult[]> {
  const now = await forward(context, attempt, namesOf(before));
  const ended = new Map(now.map((result) => [result.key, result]));
  return before.map((key) => ended.get(key.key) ?? endedBy(context, key));
}

async function undo(
  context: PublishContext,
  attempt: string,
  before: readonly KeyInFlight[],
  why: string,
): Promise<PublishResult[]> {
  // Judged only when the fold shows the phase: another process may have finished what we saw half done.
  await context.journal.refresh();
  const undoable = keysInFlight(context, attempt, namesOf(before)).some(
    (key) => key.state.phase === 'promoting',
  );
  if (!undoable) return goOn(context, attempt, before);
  return (
    (await abortAttempt(context, attempt, why, namesOf(before))) ?? (await goOn(context, attempt, before))
  );
}

function namesOf(keys: readonly KeyInFlight[]): string[] {
  return keys.map((key) => key.key);
}
