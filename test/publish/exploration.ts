/**
 * One schedule of a small world: a publisher, two recoveries, a user who undoes, a second publisher, a rollback, another
 * program and a reader, whose every call is a step. The steps are the real code; the invariants are looked at after each change.
 */
import { hivePublisher } from '../../src/publish/hive/promote.js';
import type { Publisher } from '../../src/publish/publisher.js';
import { recover } from '../../src/publish/recover.js';
import type { ObjectStore } from '../../src/store/object-store.js';
import { foreignBytes, instantViolations, namedFirstViolations, parsePart } from '../support/invariants.js';
import type { BackendName } from './backends.js';
import { pageReader } from './page-reader.js';
import { randomFrom, Scheduler } from './scheduler.js';
import { actor, createWorld, endViolations, plan, publish, recoverBy, Refused, rollBack } from './world.js';
import type { World } from './world.js';

/** A protocol to explore: the real one, or one with a known mistake. */
export interface Protocol {
  /** What every process sees instead of the store. */
  store?(world: World): ObjectStore;
  /** The same for one process: each call that it makes is a step of its own. */
  steps?(store: ObjectStore): ObjectStore;
  /** Another program always replaces a published file. */
  readonly replaced?: true;
  publisher?: Publisher;
}

export interface Explored {
  readonly seed: number;
  readonly violations: readonly string[];
  readonly steps: number;
  readonly trace: readonly string[];
}

export async function explore(seed: number, protocol: Protocol = {}): Promise<Explored> {
  const random = randomFrom(seed);
  const chance = (p: number) => random() < p;
  const backend: BackendName = chance(0.5) ? 'memory' : 's3-like';
  const world = createWorld(backend);
  const publisher = protocol.publisher ?? hivePublisher;
  const violations: string[] = [];

  if (chance(0.8)) await publish(world, 'r1', { key: 'dt=1', tag: 'A', parts: 1 + Math.floor(random() * 2) });
  const wants = [{ key: 'dt=1', tag: 'B', parts: Math.floor(random() * 3) }];
  if (chance(0.3)) wants.push({ key: 'dt=2', tag: 'B', parts: 1 });
  const requests = await plan(world, 'publisher', wants);
  const external = protocol.store?.(world) ?? world.store;

  const parts = new Map<string, string>();
  const look = async (step: string) => {
    const objects = await world.raw.snapshot();
    for (const [path, bytes] of objects) {
      if (!path.startsWith(world.layout.root.path)) continue;
      const part = parsePart(bytes);
      if (part === null) world.foreign.set(path, bytes);
      else parts.set(path, `${part.tag} ${part.part} ${part.of}`);
    }
    const found = [
      ...instantViolations(objects, world.expected),
      ...namedFirstViolations(objects, world.expected),
    ];
    violations.push(...found.map((text) => `after ${step}: ${text}`));
  };
  await look('the beginning');
  const published = [...parts.keys()];

  const scheduler = new Scheduler(random, look);
  const start = (name: string, run: (there: World) => Promise<unknown>) =>
    scheduler.start(name, external, (store) => run({ ...world, store: protocol.steps?.(store) ?? store }));

  start('publisher', async (there) => publisher.promote(await actor(there, 'publisher'), requests));
  const recovering = (name: string, wish: 'forward' | 'abort') =>
    start(name, async (there) => recover(await actor(there, name), publisher, { wish, run: name }));
  recovering('recovery', 'forward');
  if (chance(0.5)) recovering('second-recovery', 'forward');
  if (chance(0.6)) recovering('undoing', 'abort');
  if (chance(0.6)) {
    const wish = chance(0.5) ? 'forward' : 'abort';
    start('second-publisher', async (there) => {
      await recover(await actor(there, 'second-publisher'), publisher, { wish, run: 'second-publisher' });
      const again = await plan(there, 'second-publisher', [{ key: 'dt=1', tag: 'C', parts: 1 }]);
      // A plan holds what was modified outside.
      if (again[0]!.base.objects.some((object) => world.foreign.has(object.path))) return null;
      return publisher.promote(await actor(there, 'second-publisher'), again);
    });
  }
  if (chance(0.3)) {
    world.may.set('dt=1', [...world.may.get('dt=1')!, 'A', '-']);
    start('rollback', (there) =>
      rollBack(there, 'rollback', 'publisher').catch((error: unknown) => {
        if (!(error instanceof Refused)) throw error;
      }),
    );
  }
  if (chance(protocol.replaced ? 1 : 0.4)) {
    const replaced = protocol.replaced || random() < 0.5 ? published[0] : undefined;
    start('another-program', (there) => writeForeign(world, there.store, replaced));
  }
  for (const key of ['dt=1', 'dt=2']) {
    if (world.may.has(key))
      start(`reader of ${key}`, (there) => pageReader(there, key, parts, (text) => violations.push(text)));
  }

  await scheduler.run(chance(0.5) ? 0.02 : 0);
  violations.push(...scheduler.errors);
  if (violations.length === 0) {
    // Now nobody is left. A recovery, and then all must be settled.
    const recovered = await recoverBy(world, 'last');
    violations.push(...recovered.filter((one) => one.result === 'failed').map((one) => one.message));
    violations.push(...(await endViolations(world)));
  }
  world.dispose();
  return { seed, violations, steps: scheduler.trace.length, trace: scheduler.trace };
}

/** Adds a file, or replaces one that lakefill had published before. */
async function writeForeign(world: World, store: ObjectStore, replaced: string | undefined): Promise<void> {
  // What it replaces is gone by its hand: no generation can be asked for any more.
  if (replaced !== undefined) world.may.set('dt=1', [...world.may.get('dt=1')!, '-']);
  const path = replaced ?? `${world.layout.root.path}dt=1/theirs.parquet`;
  await store.put(path, { bytes: foreignBytes('theirs') }, { kind: 'overwrite' });
}
