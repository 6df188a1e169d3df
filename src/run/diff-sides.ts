/**
 * Which two contents of a key are compared:
 *
 *     a run that staged the key, undecided or refused     before: what readers find now    after: what it staged
 *     a run that published the key                        before: what stood there then    after: what it published
 *     no run                                              before: the generation before    after: what readers find now
 *
 * Reads listings and the journal's state, no data.
 */
import { versionDigest } from '../core/digest.js';
import type { Column } from '../engine/transform-engine.js';
import type { GenerationRecord, KeyState, RetainedGeneration } from '../journal/entry.js';
import type { Publisher, PublishContext } from '../publish/publisher.js';
import { stagedDamage } from '../publish/staged.js';
import type { DiffSide, PartitionDiff } from './diff-document.js';
import type { StagedRecord } from './staged-record.js';

export interface Side {
  readonly told: DiffSide;
  readonly files: readonly { readonly path: string; readonly etag: string; readonly size: number }[];
  /** Of a side without files; null: unknown, or nothing stands there. */
  readonly schema: readonly Column[] | null;
}

export interface Sides {
  readonly before: Side;
  readonly after: Side;
  readonly notes: readonly string[];
}

export type NoSides = NonNullable<PartitionDiff['error']>;

export interface SidesContext {
  readonly publish: PublishContext;
  readonly publisher: Publisher;
}

export async function stagedSides(context: SidesContext, record: StagedRecord): Promise<Sides | NoSides> {
  const { run, key, partition, passed, base } = record;
  const damage = await stagedDamage(context.publish.store, partition.files);
  if (damage !== null)
    return none('staged-damaged', `The staged output cannot be read: ${damage}.`, 'Run the partition again.');
  const before = await currentSide(context, key);
  const moved =
    before.told.generation !== base.generation || versionDigest(before.files) !== base.version
      ? ['What readers find changed after the output was staged: it cannot be promoted.']
      : [];
  const refused = passed ? [] : ['The checks refused the staged output: it is never promoted.'];
  const told = { what: 'staged' as const, run, generation: null };
  const after = sideOf(told, partition.files, partition.record);
  return { before, after, notes: [...moved, ...refused] };
}

/** What a run replaced and what it published. */
export async function publishedSides(
  context: SidesContext,
  key: string,
  run: string,
): Promise<Sides | NoSides> {
  const state = context.publish.journal.key(key);
  const replaced = state.retained.findLast((one) => one.replacedBy === run);
  const kept = state.retained.findLast((one) => one.contentOf === run);
  if (!replaced) return gone(`What stood there before run ${run} is not kept any more.`);
  if (state.contentOf !== run && !kept) return gone(`What run ${run} published is not kept any more.`);
  const before = await retainedSide(context, replaced);
  if ('code' in before) return before;
  const after =
    state.contentOf === run ? await currentSide(context, key) : await retainedSide(context, kept!);
  return 'code' in after ? after : { before, after, notes: [] };
}

/** What readers find now and what stood there before. */
export async function currentSides(context: SidesContext, key: string): Promise<Sides | NoSides> {
  const previous = context.publish.journal.key(key).retained.at(-1);
  if (!previous) return gone('No earlier generation of it is kept.');
  const before = await retainedSide(context, previous);
  return 'code' in before ? before : { before, after: await currentSide(context, key), notes: [] };
}

async function currentSide({ publish, publisher }: SidesContext, key: string): Promise<Side> {
  const state: KeyState = publish.journal.key(key);
  const files = await publisher.current(publish, key);
  const absent = files.length === 0 && state.generation === null;
  const told = {
    what: absent ? ('absent' as const) : ('current' as const),
    run: state.contentOf,
    generation: state.generation,
  };
  return sideOf(told, files, state.record);
}

async function retainedSide({ publish }: SidesContext, kept: RetainedGeneration): Promise<Side | NoSides> {
  const { generation, contentOf, prefix, record } = kept;
  const absent = generation === null && kept.files.length === 0;
  const told = {
    what: absent ? ('absent' as const) : ('retained' as const),
    run: contentOf,
    generation,
  };
  if (kept.files.length === 0) return sideOf(told, [], record);
  if (prefix === null) return gone('The generation before was not kept (rollback.keep is 0).');
  const found = await Promise.all(kept.files.map((file) => publish.store.head(prefix + file.name)));
  const files = found.filter((file) => file !== null);
  const whole = files.length === found.length && files.every((file, i) => file.size === kept.files[i]!.size);
  return whole ? sideOf(told, files, record) : gone(`The kept generation under ${prefix} is damaged.`);
}

function sideOf(
  told: Pick<DiffSide, 'what' | 'run' | 'generation'>,
  files: Side['files'],
  record: GenerationRecord | null,
): Side {
  const bytes = files.reduce((sum, file) => sum + file.size, 0);
  return { told: { ...told, files: files.length, bytes, rows: null }, files, schema: record?.schema ?? null };
}

function gone(message: string): NoSides {
  return none('not-retained', message, "'rollback.keep' says how long a replaced generation is kept.");
}

function none(code: string, message: string, hint: string): NoSides {
  return { code, message, hint };
}
