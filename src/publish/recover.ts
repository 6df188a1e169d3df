/**
 * Recovery: finishes or undoes what dead processes left, and counts what they had in hand. Every writing command begins
 * with it. It decides nothing by itself: phases come from the journal, `settle` is the publisher's.
 */
import { messageOf } from '../core/errors.js';
import type { Fact } from '../journal/entry.js';
import { liveKeys, readLeases } from '../journal/lease.js';
import type { FoundLease } from '../journal/lease.js';
import { partitionPrefix } from '../core/layout.js';
import { currentByName } from './hive/current.js';
import type { PublishContext, PublishResult, Publisher } from './publisher.js';

export interface RecoveredKey {
  readonly key: string;
  /** Run whose attempt it was. */
  readonly run: string;
  readonly phase: string;
  readonly result: 'promoted' | 'withdrawn' | 'conflict' | 'in-flight' | 'failed';
  readonly message: string;
}

export interface RecoverOptions {
  /** `abort`: the user asked to undo what can still be undone. */
  readonly wish: 'forward' | 'abort';
  /** This command's own run, whose lease does not count. */
  readonly run: string;
  /** Read after the journal; absent: read now. */
  readonly leases?: readonly FoundLease[];
}

/** What was done, key by key. A key whose recovery throws is reported as `failed` and left in its phase; the others go on. */
export async function recover(
  context: PublishContext,
  publisher: Publisher,
  options: RecoverOptions,
): Promise<RecoveredKey[]> {
  const leases = options.leases ?? (await readLeases(context.store, context.control));
  const live = liveKeys(leases, options.run);
  const recovered: RecoveredKey[] = [];
  for (const group of attemptsInFlight(context)) {
    const liveRun = group.keys.map((key) => live.get(key)?.run).find((run) => run === group.run);
    if (liveRun !== undefined) {
      recovered.push(
        ...group.keys.map((key) => ({
          key,
          run: group.run,
          phase: group.phase,
          result: 'in-flight' as const,
          message: `run ${liveRun} works on it`,
        })),
      );
    } else {
      recovered.push(...(await settleGroup(context, publisher, group, options.wish)));
    }
  }
  await countDeaths(context, leases, options.run);
  await sweepRevoked(context);
  return recovered;
}

interface AttemptGroup {
  readonly attempt: string;
  readonly run: string;
  readonly phase: string;
  readonly keys: string[];
}

function attemptsInFlight(context: PublishContext): AttemptGroup[] {
  const groups = new Map<string, AttemptGroup>();
  for (const { key, phase, attempt } of context.journal.state.keys.values()) {
    if (attempt === null) continue;
    const group = groups.get(attempt.attempt) ?? {
      attempt: attempt.attempt,
      run: attempt.run,
      phase,
      keys: [],
    };
    group.keys.push(key);
    groups.set(attempt.attempt, group);
  }
  return [...groups.values()];
}

async function settleGroup(
  context: PublishContext,
  publisher: Publisher,
  group: AttemptGroup,
  wish: 'forward' | 'abort',
): Promise<RecoveredKey[]> {
  const told = (key: string, result: RecoveredKey['result'], message: string): RecoveredKey => ({
    key,
    run: group.run,
    phase: group.phase,
    result,
    message,
  });
  try {
    // Past the point of no return there is only forward, whatever was asked.
    const results = await publisher.settle(
      context,
      group.attempt,
      group.phase === 'cleaning' ? 'forward' : wish,
    );
    return results.map((result) => describe(result, told));
  } catch (error) {
    return group.keys.map((key) => told(key, 'failed', messageOf(error)));
  }
}

function describe(
  result: PublishResult,
  told: (key: string, result: RecoveredKey['result'], message: string) => RecoveredKey,
): RecoveredKey {
  if (result.outcome === 'promoted')
    return told(result.key, 'promoted', `generation ${result.generation} is in place`);
  return told(result.key, result.code === 'withdrawn' ? 'withdrawn' : 'conflict', result.message);
}

/** Keys that a dead run had in hand count as failed, so that a partition that kills the process every time is held. Then its lease goes. */
async function countDeaths(
  context: PublishContext,
  leases: readonly FoundLease[],
  run: string,
): Promise<void> {
  for (const { content, path, alive } of leases) {
    if (alive || content.run === run) continue;
    const facts = content.working
      .filter(
        ({ key }) =>
          context.journal.key(key).phase === 'stable' &&
          context.journal.key(key).madeBy?.run !== content.run &&
          context.journal.key(key).lastEnded?.run !== content.run,
      )
      .map(({ key, tried }): Fact => ({
        fact: 'ended',
        key,
        attempt: content.nonce,
        outcome: 'failed',
        code: 'process-died',
        message: `The process of run ${content.run} died while it worked on this partition.`,
        tried,
      }));
    // One by one: a key that moved meanwhile is refused alone, and so is a death that another recoverer counted (same nonce).
    await Promise.all(facts.map((fact) => context.journal.submit([fact])));
    await context.store.delete([{ path, etag: null }]);
  }
}

/** Files of withdrawn attempts that appeared after all (an S3 completion that was on its way) are ours to remove. */
async function sweepRevoked(context: PublishContext): Promise<void> {
  for (const state of context.journal.state.keys.values()) {
    if (state.revoked.length === 0 || state.phase !== 'stable') continue;
    const prefix = partitionPrefix(context.layout, state.key);
    const named = new Set(state.files.map((file) => file.name));
    const listed = await currentByName(context, state.key);
    const late = state.revoked.filter((name) => listed.has(name) && !named.has(name));
    if (late.length > 0)
      await context.store.delete(late.map((name) => ({ path: prefix + name, etag: listed.get(name)!.etag })));
  }
}
