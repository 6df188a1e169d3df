/**
 * Forward: an attempt in `promoting` or `cleaning` goes on to its end. Serves the publisher, recovery and Ctrl-C alike; every
 * call may fail and be made again by anyone. Steps and orders are in docs/publication.md.
 */
import { LakefillError } from '../../core/errors.js';
import type { Fact, JournalFile } from '../../journal/entry.js';
import type { ObjectInfo } from '../../store/object-store.js';
import type { PublishContext, PublishResult } from '../publisher.js';
import { abortAttempt } from './abort.js';
import { conflict, endedBy, keysInFlight, promoted } from './attempt.js';
import type { KeyInFlight } from './attempt.js';
import { currentByName } from './current.js';
import { difference } from './verify.js';

/**
 * Results for every key of the attempt. Undoes it instead when an upload can never complete or when the partition holds
 * anything but old + new; once `cleaning` is recorded it only goes on.
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
      return abortAttempt(context, attempt, 'it was being undone', among);
    case 'stable':
      throw new LakefillError('INTERNAL', `Attempt ${attempt} is in flight at a stable key.`);
  }
}

async function publish(
  context: PublishContext,
  attempt: string,
  keys: readonly KeyInFlight[],
): Promise<PublishResult[]> {
  const lost = await completeAll(context, keys);
  if (lost !== null) return undo(context, attempt, keys, lost);
  const listings = await Promise.all(keys.map((key) => currentByName(context, key.key)));
  for (const [i, key] of keys.entries()) {
    const why = difference(listings[i]!, { old: key.attempt.remove, added: key.attempt.add }, key.prefix);
    if (why !== null) return undo(context, attempt, keys, why);
  }
  const files = keys.map((key, i) => filesOf(key, listings[i]!));
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
  return clean(context, keysInFlight(context, attempt, namesOf(keys)));
}

/** Why some upload can never become visible; null when all are visible. */
async function completeAll(context: PublishContext, keys: readonly KeyInFlight[]): Promise<string | null> {
  const uploads = keys.flatMap((key) => key.attempt.add);
  const results = await Promise.all(
    uploads.map(async (upload) => {
      const result = await context.store.complete(upload);
      if (result.outcome === 'done') return null;
      const name = upload.path.slice(upload.path.lastIndexOf('/') + 1);
      if (result.outcome === 'spent') return `the store gave up the upload of ${name}`;
      // Finished before (a lost answer, or a process that died after it), or revoked.
      const there = await context.store.head(upload.path);
      return there?.size === upload.size ? null : `the upload of ${name} is gone`;
    }),
  );
  return results.find((result) => result !== null) ?? null;
}

async function clean(context: PublishContext, keys: readonly KeyInFlight[]): Promise<PublishResult[]> {
  await Promise.all(keys.map((key) => removeOld(context, key)));
  const listings = await Promise.all(keys.map((key) => currentByName(context, key.key)));
  const files = keys.map((key) =>
    key.attempt.add.map((upload, i): JournalFile => ({
      name: upload.path.slice(key.prefix.length),
      size: upload.size,
      etag: key.attempt.etags![i]!,
      sha256: upload.sha256,
    })),
  );
  return stable(context, keys, files, listings);
}

/** Old objects that changed since the intent are left alone; the last listing reports them as foreign. */
async function removeOld(context: PublishContext, key: KeyInFlight): Promise<void> {
  if (key.attempt.remove.length === 0) return;
  const trash = `${context.control.retained}${key.key}/dropped-${key.attempt.attempt}/`;
  const into = key.attempt.retained ?? trash;
  await context.store.delete(
    key.attempt.remove.map((file) => ({
      path: key.prefix + file.name,
      etag: file.etag,
      moveTo: into + file.name,
    })),
  );
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
  const facts = keys.map((key, i): Extract<Fact, { fact: 'published' }> => {
    const ours = new Set(files[i]!.map((file) => file.name));
    const foreign = [...listings[i]!.keys()].filter((name) => !ours.has(name));
    return { fact: 'published', key: key.key, attempt: key.attempt.attempt, files: files[i]!, foreign };
  });
  const submitted = await context.journal.submit(facts);
  if (submitted.outcome === 'refused') return moved(context, keys[0]!.attempt.attempt, keys);
  return keys.map((key, i) => {
    const { foreign } = facts[i]!;
    return foreign.length === 0
      ? promoted(key.key, key.attempt.generation, files[i]!)
      : conflict(
          key.key,
          'modified-outside',
          `Generation ${key.attempt.generation} is in place, and so ${foreign.length === 1 ? 'is a file' : `are ${foreign.length} files`} that lakefill did not write: ${foreign.slice(0, 3).join(', ')}. Readers see both.`,
          foreign,
        );
  });
}

function filesOf(key: KeyInFlight, listing: ReadonlyMap<string, ObjectInfo>): JournalFile[] {
  return key.attempt.add.map((upload) => {
    const name = upload.path.slice(key.prefix.length);
    return { name, size: upload.size, etag: listing.get(name)!.etag, sha256: upload.sha256 };
  });
}

/** An entry was refused: someone else moved this attempt. Nothing more is touched unless the journal still asks for it. */
async function moved(
  context: PublishContext,
  attempt: string,
  before: readonly KeyInFlight[],
): Promise<PublishResult[]> {
  await context.journal.refresh();
  const left = keysInFlight(context, attempt, namesOf(before));
  // `cleaning` and `aborting` are decided: going on is what the other does too, and both may.
  const now =
    left.length > 0 && left[0]!.state.phase !== 'promoting'
      ? await forward(context, attempt, namesOf(before))
      : [];
  const ended = new Map(now.map((result) => [result.key, result]));
  return before.map((key) => ended.get(key.key) ?? endedBy(context, key));
}

async function undo(
  context: PublishContext,
  attempt: string,
  before: readonly KeyInFlight[],
  why: string,
): Promise<PublishResult[]> {
  await context.journal.refresh();
  const left = keysInFlight(context, attempt, namesOf(before));
  if (left.length === 0) return before.map((key) => endedBy(context, key));
  // Judged only now that the fold shows the phase: another process may have finished what we saw half done.
  if (left[0]!.state.phase === 'cleaning') return forward(context, attempt, namesOf(before));
  return abortAttempt(context, attempt, why, namesOf(before));
}

function namesOf(keys: readonly KeyInFlight[]): string[] {
  return keys.map((key) => key.key);
}
