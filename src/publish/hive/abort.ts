/**
 * Abort: an attempt in `promoting` is undone, one in `aborting` is undone to its end. The entry comes before the first abort or
 * deletion, so that a publisher that wakes up late finds its attempt decided. Each call may fail and be made again by anyone.
 */
import { LakefillError } from '../../core/errors.js';
import type { Fact } from '../../journal/entry.js';
import type { PreparedUpload } from '../../store/object-store.js';
import type { PublishContext, PublishResult } from '../publisher.js';
import { allSettled, conflict, endedBy, keysInFlight } from './attempt.js';
import type { KeyInFlight } from './attempt.js';
import { currentByName } from './current.js';

/** An abort is repeated until the store says that there is no such upload; S3 may need it more than once per upload. */
const ABORT_TRIES = 10;
/** Listings until nothing of the attempt is visible. */
const CLEAR_TRIES = 5;

/**
 * Results for every key of the attempt: `conflict` with the reason, or how it ended if another process brought it to its end.
 * Null when it is past undoing: `cleaning` is recorded, nothing was touched, and there is only forward.
 */
export async function abortAttempt(
  context: PublishContext,
  attempt: string,
  reason: string,
  among?: readonly string[],
): Promise<PublishResult[] | null> {
  const keys = keysInFlight(context, attempt, among);
  if (keys.length === 0) return [];
  if (keys[0]!.state.phase === 'cleaning') return null;
  if (keys[0]!.state.phase === 'promoting') {
    const submitted = await context.journal.submit(
      keys.map((key): Fact => ({ fact: 'aborting', key: key.key, attempt, reason })),
    );
    if (submitted.outcome === 'refused') return decidedElsewhere(context, attempt, keys);
  }
  await allSettled(keys.flatMap((key) => key.attempt.add.map((upload) => revokeUpload(context, upload))));
  await allSettled(keys.map((key) => clearVisible(context, key)));
  const submitted = await context.journal.submit(
    keys.map((key): Fact => ({
      fact: 'withdrawn',
      key: key.key,
      attempt,
      revoked: key.attempt.add.map((upload) => upload.path.slice(key.prefix.length)),
      reason,
    })),
  );
  if (submitted.outcome === 'refused') await context.journal.refresh();
  return keys.map((key) =>
    conflict(
      key.key,
      'withdrawn',
      `The publication was undone: ${reason}. Readers find what they found before.`,
    ),
  );
}

/** Someone else moved the attempt first: what the fold shows now decides. */
async function decidedElsewhere(
  context: PublishContext,
  attempt: string,
  before: readonly KeyInFlight[],
): Promise<PublishResult[] | null> {
  await context.journal.refresh();
  const names = before.map((key) => key.key);
  if (keysInFlight(context, attempt, names).length > 0)
    return abortAttempt(context, attempt, 'another process is undoing it', names);
  return before.map((key) => endedBy(context, key));
}

async function revokeUpload(context: PublishContext, upload: PreparedUpload): Promise<void> {
  for (let tries = 0; tries < ABORT_TRIES; tries++) {
    if ((await context.store.abort(upload)).outcome === 'gone') return;
  }
  throw new LakefillError(
    'STORE_FAILED',
    `The store does not end the upload of ${upload.path}: it was aborted ${ABORT_TRIES} times and is still there.`,
    {
      hint: "Run 'lakefill recover' later; the partition stays as readers find it now.",
    },
  );
}

/** No upload can complete any more, so what is visible now is all there will ever be. */
async function clearVisible(context: PublishContext, key: KeyInFlight): Promise<void> {
  const names = new Set(key.attempt.add.map((upload) => upload.path.slice(key.prefix.length)));
  for (let tries = 0; tries < CLEAR_TRIES; tries++) {
    const listed = await currentByName(context, key.key);
    const visible = [...listed].filter(([name]) => names.has(name));
    if (visible.length === 0) return;
    await context.store.delete(visible.map(([, object]) => ({ path: object.path, etag: object.etag })));
  }
  throw new LakefillError(
    'STORE_FAILED',
    `Files of an undone publication stay visible at ${key.prefix} although they were deleted ${CLEAR_TRIES} times.`,
    {
      hint: "Run 'lakefill recover' later.",
    },
  );
}
