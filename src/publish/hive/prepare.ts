/**
 * Before the intent: the removed generation is protected and every new file has an upload at its final name. Nothing here is
 * visible; whatever a crash leaves is removed by gc.
 */
import pLimit from 'p-limit';
import { LakefillError, throwIfAborted } from '../../core/errors.js';
import { versionDigest } from '../../core/digest.js';
import { partitionPrefix } from '../../core/layout.js';
import type { JournalFile, PromotingFact } from '../../journal/entry.js';
import type { ObjectInfo, PreparedUpload } from '../../store/object-store.js';
import type { PromoteRequest, PublishContext } from '../publisher.js';
import { asTheyStand } from '../as-they-stand.js';
import { allSettled } from './attempt.js';
import { fileName } from './names.js';

/** Uploads of one publication that are prepared at the same time. */
const PARALLEL = 8;

/** The base moved while we copied from it, in words. */
export class BaseMoved extends Error {
  constructor(
    readonly key: string,
    why: string,
  ) {
    super(why);
  }
}

/** The `promoting` facts of an attempt, with uploads that exist. Throws BaseMoved; nothing is left prepared when it throws. */
export async function prepareFacts(
  context: PublishContext,
  attempt: string,
  requests: readonly PromoteRequest[],
  signal?: AbortSignal,
): Promise<PromotingFact[]> {
  const limit = pLimit(PARALLEL);
  const prepared: PreparedUpload[] = [];
  const results = await Promise.allSettled(
    requests.map((request) => prepareFact(context, attempt, request, limit, prepared, signal)),
  );
  const failure = results.find((result) => result.status === 'rejected');
  if (failure) {
    await revoke(context, prepared);
    throw failure.reason;
  }
  return results.map((result) => (result as PromiseFulfilledResult<PromotingFact>).value);
}

/** Best effort: uploads that no entry names are removed by gc when this fails. */
export async function revoke(
  context: Pick<PublishContext, 'store'>,
  uploads: readonly PreparedUpload[],
): Promise<void> {
  await Promise.allSettled(uploads.map((upload) => context.store.abort(upload)));
}

async function prepareFact(
  context: PublishContext,
  attempt: string,
  request: PromoteRequest,
  limit: <T>(task: () => Promise<T>) => Promise<T>,
  prepared: PreparedUpload[],
  signal: AbortSignal | undefined,
): Promise<PromotingFact> {
  const { content, base } = request;
  const key = content.key;
  const prefix = partitionPrefix(context.layout, key);
  const listed = new Map(base.objects.map((object) => [object.path.slice(prefix.length), object]));
  const known = await asTheyStand(context.store, context.journal.key(key).files, listed);
  const remove = [...listed].map(([name, object]): JournalFile => named(known, name, object));
  const generation = context.journal.key(key).highest + 1;
  const kept = base.generation === null ? 'external' : String(base.generation).padStart(10, '0');
  const retained = remove.length > 0 ? `${context.control.retained}${key}/${kept}-${attempt}/` : null;
  if (retained !== null && !context.store.capabilities.atomicMove && context.rollbackKeep > 0) {
    await allSettled(
      remove.map((file) => limit(() => protect(context, key, prefix, file, retained, signal))),
    );
  }
  const names = remove.map((file) => file.name);
  const add = await allSettled(
    content.files.map((file, i) =>
      limit(async () => {
        throwIfAborted(signal);
        const result = await context.store.prepare({
          path: prefix + fileName(generation, attempt, i, names),
          source: file.path,
          sourceEtag: file.etag,
          size: file.size,
          sha256: file.sha256,
          preparedPrefix: context.control.prepared,
          ...(base.objects[0] ? { like: base.objects[0].path } : {}),
        });
        if (result.outcome !== 'done') throw stagedGone(file.path, result.outcome);
        prepared.push(result.upload);
        return result.upload;
      }),
    ),
  );
  return {
    fact: 'promoting',
    key,
    attempt,
    plan: request.plan,
    generation,
    base: { generation: base.generation, version: versionDigest(base.objects) },
    add,
    remove,
    retained: context.rollbackKeep > 0 ? retained : null,
    record: content.record,
    tried: request.tried,
    restores: request.restores,
  };
}

/** The journal's SHA-256 of a file of the base travels with it, so that a rollback can verify it. */
function named(known: readonly JournalFile[], name: string, object: ObjectInfo): JournalFile {
  const same = known.find((file) => file.name === name && file.etag === object.etag);
  return { name, size: object.size, etag: object.etag, sha256: same?.sha256 ?? null };
}

async function protect(
  context: PublishContext,
  key: string,
  prefix: string,
  file: JournalFile,
  retained: string,
  signal?: AbortSignal,
): Promise<void> {
  throwIfAborted(signal);
  const copied = await context.store.copy(prefix + file.name, file.etag, retained + file.name);
  if (copied.outcome === 'absent' || copied.outcome === 'lost')
    throw new BaseMoved(
      key,
      `${file.name} was ${copied.outcome === 'absent' ? 'removed' : 'replaced'} by something else`,
    );
  if (copied.object.size !== file.size)
    throw new LakefillError(
      'STORE_CORRUPT',
      `The copy of ${prefix}${file.name} has ${copied.object.size} bytes instead of ${file.size}. Nothing was published.`,
    );
}

function stagedGone(path: string, outcome: string): LakefillError {
  return new LakefillError(
    'STORE_NOT_FOUND',
    `The staged file ${path} is ${outcome === 'absent' ? 'gone' : 'not what was staged any more'}. Nothing was published.`,
    {
      hint: 'Run the partition again. Something else removes or changes objects under the control prefix.',
    },
  );
}
