/**
 * Rollback: what stood there before a run is published again, as a new generation, through the same steps. Decides per key
 * whether that is possible (values, not errors) and verifies every retained byte first.
 */
import type { KeyState, PromotingFact, RetainedGeneration } from '../journal/entry.js';
import type { ObjectInfo, ObjectStore } from '../store/object-store.js';
import { hashObject } from '../store/hash-object.js';
import { partitionPrefix } from '../core/layout.js';
import { asTheyStand } from './as-they-stand.js';
import { contentHash, restored } from './content.js';
import type { StagedFile } from './content.js';
import { currentByName } from './hive/current.js';
import { isPublishedName } from '../core/published-name.js';
import { difference } from './hive/verify.js';
import type { PromoteRequest, PublishContext } from './publisher.js';

export type RollbackStep =
  | {
      readonly possible: true;
      readonly key: string;
      readonly request: PromoteRequest;
      readonly to: number | null;
      readonly rows: number | null;
    }
  | {
      readonly possible: false;
      readonly key: string;
      readonly code: string;
      readonly message: string;
      readonly hint: string;
    };

/** Keys whose current content this run made. */
export function keysMadeBy(context: Pick<PublishContext, 'journal'>, run: string): KeyState[] {
  return [...context.journal.state.keys.values()].filter(
    (state) => state.contentOf === run || state.retained.some((r) => r.replacedBy === run),
  );
}

/** What a rollback of `run` would do to the key. `tried` is the digest of what is undone. Reads storage; changes nothing. */
export async function rollbackStep(
  context: PublishContext,
  state: KeyState,
  run: string,
  plan: string,
  tried: string,
): Promise<RollbackStep> {
  const no = (code: string, message: string, hint: string): RollbackStep => ({
    possible: false,
    key: state.key,
    code,
    message,
    hint,
  });
  if (state.phase !== 'stable')
    return no(
      'in-flight',
      `It is ${state.phase} by another attempt.`,
      "Wait for that run, or run 'lakefill recover' if its process died.",
    );
  const before = state.retained.findLast((r) => r.replacedBy === run);
  if (state.undone?.run === run || (before && isBack(state, before, run)))
    return no('already-undone', `Run ${run} was rolled back here before.`, 'There is nothing left to undo.');
  if (state.contentOf !== run) {
    const by = state.contentOf === null ? 'something that this run did not make' : `run ${state.contentOf}`;
    return no(
      'replaced-since',
      `What readers find now is the content of ${by}, not of run ${run}.`,
      state.contentOf ? `Roll back run ${state.contentOf} first.` : 'Nothing to undo.',
    );
  }
  if (!before)
    return no(
      'not-retained',
      'The generation before that run is not kept any more.',
      "Raise 'rollback.keep' for the next time; make the partition again with --partition and --only all.",
    );
  if (before.files.length > 0 && before.prefix === null)
    return no(
      'not-retained',
      'The generation before that run was not kept (rollback.keep is 0).',
      "Set 'rollback.keep' for the next time.",
    );

  const prefix = partitionPrefix(context.layout, state.key);
  const listed = await currentByName(context, state.key);
  const old = await asTheyStand(context.store, state.files, listed);
  const moved = difference(listed, { old, added: [] }, prefix);
  if (moved !== null && (await movedSince(context, state)))
    return no(
      'replaced-since',
      'Another run moved the partition while the rollback was being prepared.',
      'Run the rollback again.',
    );
  if (moved !== null)
    return no(
      'modified-outside',
      `The partition is not what the journal says: ${moved}.`,
      'Undo the foreign change, or make the partition again with --overwrite-external; a rollback never overwrites it.',
    );

  const files = await verifyRetained(context.store, before);
  if (typeof files === 'string')
    return no(
      'retained-damaged',
      `The kept generation cannot be restored: ${files}.`,
      'Readers keep what they find now; make the partition again with --partition and --only all to replace it.',
    );
  if (before.generation !== null && isDamaged(before, files))
    return no(
      'retained-damaged',
      'What stood there before that run was not the whole generation that the journal names: it had been damaged.',
      'Readers keep what they find now; make the partition again with --partition and --only all to replace it.',
    );
  return {
    possible: true,
    key: state.key,
    to: before.generation,
    rows: before.record?.rows ?? null,
    request: requestFor(state, before, files, [...listed.values()], run, plan, tried),
  };
}

/** What stood there before the run is what readers find again: it was undone, whatever was refreshed or confirmed since. */
function isBack(state: KeyState, before: RetainedGeneration, run: string): boolean {
  return state.contentOf !== run && state.contentOf !== null && state.contentOf === before.contentOf;
}

/**
 * What stood there then may have been damaged already, and damage is not published again: the files under names of ours must be the
 * content that the journal knows. Files that something else had put beside them stood there too, and come back with them.
 */
function isDamaged(before: RetainedGeneration, files: readonly StagedFile[]): boolean {
  const recorded = before.record?.contentHash ?? null;
  const ours = files.filter((_, i) => isPublishedName(before.files[i]!.name));
  return recorded !== null && contentHash(ours) !== recorded;
}

/** True when it is lakefill itself that changed the partition since `state` was folded. */
async function movedSince(context: PublishContext, state: KeyState): Promise<boolean> {
  await context.journal.refresh();
  const now = context.journal.key(state.key);
  return now.phase !== 'stable' || now.highest !== state.highest;
}

function requestFor(
  state: KeyState,
  before: RetainedGeneration,
  files: StagedFile[],
  base: ObjectInfo[],
  run: string,
  plan: string,
  tried: string,
): PromoteRequest {
  const restores: PromotingFact['restores'] = {
    run,
    contentOf: before.contentOf,
    absent: before.generation === null && before.files.length === 0,
    undone: tried,
  };
  const hash = contentHash(files);
  const record = before.record ?? {
    inputs: [],
    definition: { digests: {} },
    rows: null,
    schema: null,
    contentHash: hash,
    assumed: true,
  };
  // With files of something else among them, the rows are not those that were counted.
  const rows = record.contentHash === hash ? record.rows : null;
  return {
    content: restored({ key: state.key, files, record: { ...record, contentHash: hash, rows } }),
    plan,
    tried: '',
    base: { generation: state.generation, objects: base },
    restores,
  };
}

/** The retained files as stageable objects, in order, or in words what is wrong with them. */
async function verifyRetained(
  store: ObjectStore,
  before: RetainedGeneration,
): Promise<StagedFile[] | string> {
  const staged: StagedFile[] = [];
  for (const file of before.files) {
    const path = before.prefix! + file.name;
    const there = await store.head(path);
    if (!there) return `${file.name} is gone from ${before.prefix}`;
    if (there.size !== file.size) return `${file.name} has ${there.size} bytes instead of ${file.size}`;
    const hash = await hashObject(store, there);
    if (hash === null || (file.sha256 !== null && hash !== file.sha256))
      return `the bytes of ${file.name} are not those that were kept`;
    staged.push({ path, etag: there.etag, size: there.size, sha256: hash });
  }
  return staged;
}
