/** A small lake to publish into: partitions whose files say which generation they belong to, and actors that work on them. */
import { parseLayout } from '../../src/core/layout.js';
import type { Layout } from '../../src/core/layout.js';
import { sha256 } from '../../src/core/digest.js';
import { controlPaths } from '../../src/journal/control.js';
import type { ControlPaths } from '../../src/journal/control.js';
import { Journal } from '../../src/journal/journal.js';
import { contentHash, validated } from '../../src/publish/content.js';
import type { StagedPartition, ValidatedPartition } from '../../src/publish/content.js';
import { collectGarbage } from '../../src/publish/gc.js';
import { hivePublisher } from '../../src/publish/hive/promote.js';
import type { PromoteRequest, PublishContext, PublishResult } from '../../src/publish/publisher.js';
import { recover } from '../../src/publish/recover.js';
import { keysMadeBy, rollbackStep } from '../../src/publish/rollback.js';
import type { ObjectStore } from '../../src/store/object-store.js';
import { NOTHING, partBytes, settledViolations, orphans } from '../support/invariants.js';
import type { Expected } from '../support/invariants.js';
import { ManualClock } from '../support/manual-clock.js';
import { openBackend } from './backends.js';
import type { Backend, BackendName } from './backends.js';

export const DAY = 86_400_000;

export interface World extends Backend {
  readonly clock: ManualClock;
  readonly layout: Layout;
  readonly control: ControlPaths;
  /** Generations that readers of each key may find from now on. */
  readonly may: Map<string, string[]>;
  readonly foreign: Map<string, Uint8Array>;
  readonly expected: Expected;
  /** The same lake, reached in a cheaper way than through `store`: for scenes and for the look at the end. */
  readonly aside?: ObjectStore;
}

/** The world of somebody whose calls are not what the test is about. */
export function aside(world: World): World {
  return { ...world, store: world.aside ?? world.store };
}

export function createWorld(name: BackendName | ((clock: ManualClock) => Backend) = 'memory'): World {
  const clock = new ManualClock(name === 'local' ? Date.now() : undefined);
  const backend = typeof name === 'function' ? name(clock) : openBackend(name, clock);
  const layout = parseLayout(
    `memory://lake/${backend.base}lake/sales/dt={dt}/`,
    (text) => ({ store: backend.store.url, path: text.replace('memory://lake/', '') }),
    { dt: { kind: 'text' } },
  );
  const control = controlPaths(layout.root);
  const may = new Map<string, string[]>();
  const foreign = new Map<string, Uint8Array>();
  const expected = { root: layout.root.path, control: control.prefix, may, foreign };
  return { ...backend, clock, layout, control, may, foreign, expected };
}

/** One process: its own journal, read now, over its own view of the store. */
export async function actor(
  world: World,
  run: string,
  store: ObjectStore = world.store,
): Promise<PublishContext> {
  const { control, clock, layout } = world;
  const journal = await Journal.open({ store, control, clock, run, by: 'tester@here' });
  return { store, layout, control, journal, clock, rollbackKeep: 30 * DAY };
}

export interface Want {
  readonly key: string;
  readonly tag: string;
  /** Files; 0: the partition becomes empty. */
  readonly parts: number;
}

/** Checked output at the staging prefix. */
export async function stage(world: World, run: string, want: Want): Promise<ValidatedPartition> {
  const files = [];
  for (let part = 0; part < want.parts; part++) {
    const bytes = partBytes(want.tag, part, want.parts);
    const path = `${world.control.staging}${run}/${want.key}/${part}.parquet`;
    const put = await world.store.put(path, { bytes }, { kind: 'overwrite' });
    if (put.outcome !== 'done') throw new Error('not staged');
    files.push({ path, etag: put.object.etag, size: bytes.length, sha256: sha256(bytes) });
  }
  return checked({ key: want.key, files, record: recordOf(want.tag, files) });
}

export function checked(staged: StagedPartition): ValidatedPartition {
  return validated(staged, { passed: true })!;
}

export function recordOf(tag: string, files: readonly { sha256: string }[]): StagedPartition['record'] {
  return {
    inputs: [{ name: 'orders', objects: 1, bytes: 10, version: `input-${tag}`, tracked: true }],
    definition: { digests: { 'text/1': 'd1' } },
    rows: files.length,
    schema: null,
    contentHash: contentHash(files),
    assumed: false,
  };
}

/** What a plan of now asks for: staged output for each want and the base as it stands. Says what readers may find from now on. */
export async function plan(world: World, run: string, wants: readonly Want[]): Promise<PromoteRequest[]> {
  const context = await actor(world, run);
  const requests: PromoteRequest[] = [];
  for (const want of wants) {
    const { key, tag, parts } = want;
    const objects = await hivePublisher.current(context, key);
    const may = world.may.get(key) ?? [NOTHING];
    world.may.set(key, [...may, parts === 0 ? NOTHING : tag]);
    requests.push({
      content: await stage(world, run, want),
      plan: `plan-${run}`,
      tried: `tried-${tag}`,
      base: { generation: context.journal.key(key).generation, objects },
      restores: null,
    });
  }
  return requests;
}

/** One whole promotion by a process of its own. */
export async function promote(
  world: World,
  run: string,
  requests: readonly PromoteRequest[],
  store: ObjectStore = world.store,
): Promise<readonly PublishResult[]> {
  return hivePublisher.promote(await actor(world, run, store), requests);
}

/** Plans and promotes; afterwards readers find exactly what was wanted. Throws when it ended otherwise. */
export async function publish(world: World, run: string, ...wants: readonly Want[]): Promise<void> {
  const results = await promote(world, run, await plan(world, run, wants));
  for (const result of results) {
    if (result.outcome !== 'promoted') throw new Error(`${result.key}: ${result.message}`);
  }
  for (const { key, tag, parts } of wants) world.may.set(key, [parts === 0 ? NOTHING : tag]);
}

/** Recovery by a process of its own. */
export async function recoverBy(
  world: World,
  run: string,
  wish: 'forward' | 'abort' = 'forward',
  store: ObjectStore = world.store,
) {
  return recover(await actor(world, run, store), hivePublisher, { wish, run });
}

/** A rollback that said no. */
export class Refused extends Error {}

/** Rolls back `undone` at every key of which it made the content, as one unit. Throws Refused when one key cannot be. */
export async function rollBack(
  world: World,
  run: string,
  undone: string,
  store: ObjectStore = world.store,
): Promise<readonly PublishResult[]> {
  const context = await actor(world, run, store);
  const requests: PromoteRequest[] = [];
  for (const state of keysMadeBy(context, undone)) {
    const step = await rollbackStep(context, state, undone, `plan-${run}`, `tried-of-${undone}`);
    if (!step.possible) throw new Refused(`${state.key}: ${step.code}: ${step.message}`);
    requests.push(step.request);
  }
  return hivePublisher.promote(context, requests);
}

/** gc by a process of its own, `after` milliseconds from now. */
export async function gc(world: World, run: string, after = 2 * DAY, store: ObjectStore = world.store) {
  return collectGarbage(await actor(world, run, store), {
    now: world.clock.now() + after,
    dryRun: false,
    stagingExpiry: () => Promise.resolve(null),
  });
}

/** Violations once nobody works any more: settled, the fold is what an outsider reads, a second recover writes nothing, gc leaves nothing over. */
export async function endViolations(tested: World): Promise<string[]> {
  const world = aside(tested);
  const before = await world.raw.snapshot();
  const violations = settledViolations(before, world.expected);
  await recoverBy(world, 'second-recover');
  const after = await world.raw.snapshot();
  if (!sameObjects(before, after)) violations.push('a second recover changed something');
  violations.push(...(await foldViolations(world)));
  // Twice: what an interrupted gc dropped from the journal only becomes an orphan.
  await gc(world, 'gc', 2 * DAY);
  const left = await world.raw.snapshot();
  violations.push(...settledViolations(left, world.expected));
  violations.push(...orphans(left, world.expected).map((path) => `gc leaves ${path}`));
  return violations;
}

/** Our fold against storage, key by key. */
async function foldViolations(world: World): Promise<string[]> {
  const context = await actor(world, 'reader');
  const violations: string[] = [];
  for (const state of context.journal.state.keys.values()) {
    const listed = await hivePublisher.current(context, state.key);
    const prefix = `${world.layout.root.path}${state.key}/`;
    const names = listed
      .filter((object) => !world.foreign.has(object.path))
      .map((object) => `${object.path.slice(prefix.length)} ${object.size} ${object.etag}`)
      .sort();
    const folded = state.files
      .filter((file) => !world.foreign.has(prefix + file.name))
      .map((file) => `${file.name} ${file.size} ${file.etag}`)
      .sort();
    if (names.join() !== folded.join())
      violations.push(`${state.key}: the fold says ${folded.join(', ')}; there is ${names.join(', ')}`);
  }
  return violations;
}

function sameObjects(a: ReadonlyMap<string, Buffer>, b: ReadonlyMap<string, Buffer>): boolean {
  return a.size === b.size && [...a].every(([path, bytes]) => b.get(path)?.equals(bytes));
}
