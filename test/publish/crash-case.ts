/**
 * One act that is cut off somewhere, then a recovery by another process, then an outsider's look. Where and how the act is
 * cut off is the caller's: at the port, or on the wire below it.
 */
import { faults } from '../../src/store/fault.js';
import type { Call } from '../../src/store/intercept.js';
import type { ObjectStore } from '../../src/store/object-store.js';
import { dataFiles } from '../support/independent-reader.js';
import { instantViolations, namedFirstViolations, wholeTags } from '../support/invariants.js';
import { counting, oneByOne } from './backends.js';
import type { Scenario } from './scenarios.js';
import { endViolations, recoverBy } from './world.js';
import type { World } from './world.js';

/** Calls after which the store is not what it was. */
export const CHANGES: ReadonlySet<string> = new Set([
  'put',
  'copy',
  'delete',
  'prepare',
  'complete',
  'abort',
]);

export interface Cut {
  readonly scenario: Scenario;
  /** Recovery goes forward, or undoes what can still be undone. */
  readonly wish: 'forward' | 'abort';
  /** Look after every change, which costs a reading of the whole lake each time; else only at the end. */
  readonly watch: boolean;
  /** Cuts the act off: calls it with a store (its only one) and gives what it answered, or null when it never did. */
  interrupt(
    store: ObjectStore,
    act: (store: ObjectStore) => Promise<unknown>,
    look: (call: Call) => Promise<void>,
  ): Promise<unknown>;
}

/** What does not hold, in words; empty: all does. Ends with the world disposed. */
export async function cutCase(world: World, cut: Cut): Promise<string[]> {
  try {
    return await cutArranged(world, cut, await cut.scenario.arrange(world));
  } finally {
    world.dispose();
  }
}

/** As `cutCase`, in a world that was arranged for the act; the world stays. */
export async function cutArranged(
  world: World,
  cut: Cut,
  act: (store: ObjectStore) => Promise<unknown>,
): Promise<string[]> {
  const violations: string[] = [];
  const look = async (call: Call) => {
    if (!cut.watch || !CHANGES.has(call.method)) return;
    const objects = await world.raw.snapshot();
    const found = [
      ...instantViolations(objects, world.expected),
      ...namedFirstViolations(objects, world.expected),
    ];
    violations.push(...found.map((text) => `after ${call.method}: ${text}`));
  };
  const below = counting(world.store);
  const told = await cut.interrupt(below.store, act, look);
  await below.quiet();
  const watched = faults(world.store, null, { onEffect: look });
  const recovered = await recoverBy(world, 'recoverer', cut.wish, oneByOne(watched.store));
  violations.push(
    ...recovered
      .filter(({ result }) => result === 'failed')
      .map(({ key, message }) => `${key}: recover failed: ${message}`),
    ...(await endViolations(world)),
    ...(await groupViolations(world, cut.scenario)),
    ...(await truthViolations(world, told)),
  );
  return violations;
}

/** Port calls of the act when nothing fails. */
export async function countCalls(world: World, scenario: Scenario): Promise<number> {
  try {
    const act = await scenario.arrange(world);
    const counted = faults(world.store);
    await act(oneByOne(counted.store));
    return counted.calls.length;
  } finally {
    world.dispose();
  }
}

async function tagAt(world: World, key: string): Promise<string> {
  const files = dataFiles(await world.raw.snapshot(), `${world.layout.root.path}${key}/`);
  return [...wholeTags(files.values())].join();
}

async function groupViolations(world: World, scenario: Scenario): Promise<string[]> {
  if (!scenario.together) return [];
  const isNew = await Promise.all(scenario.together.map(async (key) => (await tagAt(world, key)) === 'B'));
  return new Set(isNew).size === 1 ? [] : [`of the group only ${isNew.filter(Boolean).length} are new`];
}

/** An act that says `promoted` left the new generation, one that says `conflict` the old. */
async function truthViolations(world: World, told: unknown): Promise<string[]> {
  if (!Array.isArray(told)) return [];
  const violations: string[] = [];
  for (const result of told as { key: string; outcome?: string }[]) {
    if (result.outcome !== 'promoted' && result.outcome !== 'conflict') continue;
    const tag = (await tagAt(world, result.key)) || '-';
    const isNew = tag === world.may.get(result.key)!.at(-1);
    if (isNew !== (result.outcome === 'promoted'))
      violations.push(`${result.key}: told ${result.outcome}, readers find ${tag}`);
  }
  return violations;
}
