/** Completing the uploads of an attempt, and the proof that what became visible is what was staged. */
import pLimit from 'p-limit';
import { persist } from './persist.js';
import type { PreparedUpload } from '../../store/object-store.js';
import { hashObject } from '../../store/hash-object.js';
import type { PublishContext } from '../publisher.js';
import { allSettled } from './attempt.js';

/** Objects read at the same time when their completion was another process's. */
const PARALLEL_READS = 4;

/** Etags by path when every upload is visible with the staged bytes; otherwise in words why one never can be. */
export async function completeAll(
  context: Pick<PublishContext, 'store' | 'clock'>,
  uploads: readonly PreparedUpload[],
): Promise<Map<string, string> | string> {
  const limit = pLimit(PARALLEL_READS);
  const results = await allSettled(
    uploads.map(async (upload) => {
      const result = await persist(context.clock, () => context.store.complete(upload));
      if (result.outcome === 'done') return { etag: result.etag };
      if (result.outcome === 'spent') return `the store gave up the upload of ${nameOf(upload)}`;
      return limit(() => completedBefore(context, upload));
    }),
  );
  const lost = results.find((result) => typeof result === 'string');
  if (lost !== undefined) return lost;
  return new Map(uploads.map((upload, i) => [upload.path, (results[i] as { etag: string }).etag]));
}

/**
 * The upload is finished (a lost answer, or a process that died after it) or revoked: the object tells. Nobody who is alive saw
 * what its completion made, so its bytes are read.
 */
async function completedBefore(
  { store }: Pick<PublishContext, 'store'>,
  upload: PreparedUpload,
): Promise<{ etag: string } | string> {
  const there = await store.head(upload.path);
  if (!there) return `the upload of ${nameOf(upload)} is gone`;
  const staged = there.size === upload.size && (await hashObject(store, there)) === upload.sha256;
  return staged ? { etag: there.etag } : `${nameOf(upload)} of ours was replaced by something else`;
}

function nameOf(upload: PreparedUpload): string {
  return upload.path.slice(upload.path.lastIndexOf('/') + 1);
}
