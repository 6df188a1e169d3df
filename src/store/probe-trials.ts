/**
 * The single trials of probe.ts: each provokes a refusal and then reads the bytes back. Each uses names of its own below
 * the trial's prefix and leaves its objects there.
 */
import { sha256 } from '../core/digest.js';
import { isLakefillError, LakefillError } from '../core/errors.js';
import {
  listAll,
  type ObjectInfo,
  type ObjectStore,
  type PreparedUpload,
  type PutResult,
} from './object-store.js';

export interface Trial {
  readonly store: ObjectStore;
  /** Never used before. */
  readonly prefix: string;
  /** Concurrent writers of a race. */
  readonly racers: number;
}

export interface Verdict {
  readonly passed: boolean;
  readonly evidence: string;
}

export async function probeCreate({ store, prefix, racers }: Trial): Promise<Verdict> {
  const path = `${prefix}created`;
  const results = await race(racers, (i) => store.put(path, text(`racer ${i}`), { kind: 'create' }));
  const again = await store.put(path, text('late'), { kind: 'create' });
  return oneWinner(store, path, [...results, again], [...names(racers), 'late']);
}

export async function probeUpdate({ store, prefix, racers }: Trial): Promise<Verdict> {
  const path = `${prefix}updated`;
  const first = await write(store, path, 'first');
  const results = await race(racers, (i) =>
    store.put(path, text(`racer ${i}`), { kind: 'update', etag: first.etag }),
  );
  const stale = await store.put(path, text('stale'), { kind: 'update', etag: first.etag });
  const absent = await store.put(`${prefix}never`, text('absent'), { kind: 'update', etag: first.etag });
  if (absent.outcome === 'done') return no('an update of an absent object was accepted');
  return oneWinner(store, path, [...results, stale], [...names(racers), 'stale']);
}

export async function probeAbort({ store, prefix }: Trial): Promise<Verdict> {
  const path = `${prefix}withdrawn`;
  const upload = await prepareOne(store, prefix, path);
  if (await store.head(path)) return no('the upload was visible before it was completed');
  // On a store that keeps the upload for ever, what a completion does decides.
  let kept: unknown = null;
  await store.abort(upload).catch((error: unknown) => {
    if (!isLakefillError(error) || error.context['stillThere'] !== true) throw error;
    kept = error;
  });
  const completed = await store.complete(upload).catch((error: unknown) => {
    if (isLakefillError(error)) return { outcome: error.code };
    throw error;
  });
  const there = await textAt(store, path);
  if (there !== null)
    return no(`a completion after the abort answered ${completed.outcome}, and the object appeared`);
  if (kept !== null) throw kept as Error;
  return yes(`a completion after the abort answered ${completed.outcome}, and nothing appeared`);
}

export async function probeDelete({ store, prefix }: Trial): Promise<Verdict> {
  const path = `${prefix}deleted`;
  const old = await write(store, path, 'old');
  const fresh = await write(store, path, 'new version');
  const [stale] = await store.delete([{ path, etag: old.etag }]);
  if ((await textAt(store, path)) !== 'new version')
    return no(
      `deleting a version that was replaced answered ${stale?.outcome}, and the newer object is gone`,
    );
  const [good] = await store.delete([{ path, etag: fresh.etag }]);
  if ((await textAt(store, path)) !== null)
    return no(`deleting the current version answered ${good?.outcome}, and the object is still there`);
  return yes('a replaced version was not deleted, the current one was');
}

export async function probeCopy({ store, prefix }: Trial): Promise<Verdict> {
  const source = `${prefix}source`;
  const old = await write(store, source, 'old');
  const fresh = await write(store, source, 'new version');
  const stale = await store.copy(source, old.etag, `${prefix}copy-of-old`);
  if ((await textAt(store, `${prefix}copy-of-old`)) !== null)
    return no(`copying a version that was replaced answered ${stale.outcome}, and a copy appeared`);
  const good = await store.copy(source, fresh.etag, `${prefix}copy-of-new`);
  if ((await textAt(store, `${prefix}copy-of-new`)) !== 'new version')
    return no(`copying the current version answered ${good.outcome}, and the copy is not right`);
  return yes('a replaced version was not copied, the current one was');
}

/** `-`, `.`, `/` and `0` are neighbours in this order, which listings by folder get wrong. */
export async function probePagination({ store, prefix }: Trial): Promise<Verdict> {
  const paths = ['a-b', 'a.b', 'a/b', 'a0', 'b/a'].map((name) => `${prefix}pages/${name}`);
  for (const path of [...paths].reverse()) await write(store, path, path);
  const listed = async (after?: string) =>
    (await listAll(store, `${prefix}pages/`, after === undefined ? {} : { after })).map(({ path }) => path);
  const all = await listed();
  if (all.join() !== paths.join()) return no(`the listing was ${all.join(' ')}`);
  for (const [i, path] of paths.entries()) {
    const rest = await listed(path);
    if (rest.join() !== paths.slice(i + 1).join())
      return no(`after ${path} the listing was ${rest.join(' ')}`);
  }
  return yes(`${paths.length} objects in the order of their bytes, and the right rest after each`);
}

/** Exactly one `done` among the results, and its bytes are the ones that stand there. */
async function oneWinner(
  store: ObjectStore,
  path: string,
  results: readonly PutResult[],
  bodies: readonly string[],
): Promise<Verdict> {
  const winners = bodies.filter((_, i) => results[i]!.outcome === 'done');
  const there = await textAt(store, path);
  const evidence = `${winners.length} of ${bodies.length} writers won`;
  if (winners.length !== 1) return no(evidence);
  if (there !== winners[0]) return no(`${evidence}, but the object is that of ${there ?? 'nobody'}`);
  return yes(`${evidence}, and the object is the winner's`);
}

function race(racers: number, run: (racer: number) => Promise<PutResult>): Promise<PutResult[]> {
  return Promise.all(
    Array.from({ length: racers }, (_, i) =>
      run(i).catch((error: unknown): PutResult => {
        // "Another write is on its way; nothing of yours landed" is a lost race as well.
        if (isLakefillError(error, 'STORE_RACING')) return { outcome: 'lost' };
        throw error;
      }),
    ),
  );
}

function names(racers: number): string[] {
  return Array.from({ length: racers }, (_, i) => `racer ${i}`);
}

async function prepareOne(store: ObjectStore, prefix: string, path: string): Promise<PreparedUpload> {
  const body = 'staged bytes';
  const staged = await write(store, `${prefix}staged`, body);
  const prepared = await store.prepare({
    path,
    source: staged.path,
    sourceEtag: staged.etag,
    size: staged.size,
    sha256: sha256(body),
    preparedPrefix: `${prefix}prepared/`,
  });
  if (prepared.outcome !== 'done')
    throw broken(`the staged object ${staged.path} is ${prepared.outcome} right after it was written`);
  return prepared.upload;
}

async function write(store: ObjectStore, path: string, body: string): Promise<ObjectInfo> {
  const put = await store.put(path, text(body), { kind: 'overwrite' });
  if (put.outcome !== 'done') throw broken(`an unconditional write to ${path} was refused`);
  return put.object;
}

async function textAt(store: ObjectStore, path: string): Promise<string | null> {
  const got = await store.get(path);
  return got.outcome === 'found' ? new TextDecoder().decode(got.bytes) : null;
}

export function text(body: string): { bytes: Uint8Array } {
  return { bytes: new TextEncoder().encode(body) };
}

function yes(evidence: string): Verdict {
  return { passed: true, evidence };
}

function no(evidence: string): Verdict {
  return { passed: false, evidence };
}

function broken(what: string): LakefillError {
  return new LakefillError('STORE_FAILED', `While probing, ${what}.`, {
    hint: 'Find out what else writes under the control prefix, or report it to the vendor of the store.',
  });
}
