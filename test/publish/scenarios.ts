/** What a process may be doing when it dies: each arranges a lake and gives the act that is interrupted. */
import { hivePublisher } from '../../src/publish/hive/promote.js';
import { intercept } from '../../src/store/intercept.js';
import type { Call } from '../../src/store/intercept.js';
import type { ObjectStore } from '../../src/store/object-store.js';
import { NOTHING } from '../support/invariants.js';
import { counting, oneByOne } from './backends.js';
import { actor, DAY, gc, plan, promote, publish, recoverBy, rollBack } from './world.js';
import type { Want, World } from './world.js';

export interface Scenario {
  readonly name: string;
  /** Run of the act. */
  readonly run: string;
  /** Brings the lake to its beginning and gives the act. Its store is the only one that the act may use. */
  arrange(world: World): Promise<(store: ObjectStore) => Promise<unknown>>;
  /** Keys that must end all new (tag B) or all old. */
  readonly together?: readonly string[];
}

const A: Want = { key: 'dt=1', tag: 'A', parts: 2 };
const B: Want = { key: 'dt=1', tag: 'B', parts: 2 };
const GROUP: readonly Want[] = [
  { key: 'dt=1', tag: 'B', parts: 2 },
  { key: 'dt=2', tag: 'B', parts: 1 },
  { key: 'dt=3', tag: 'B', parts: 2 },
];

/** A process that stops for ever after the first call of which `last` is true took effect. */
export function diesAfter(
  store: ObjectStore,
  last: (call: Call) => boolean,
): { store: ObjectStore; died: Promise<void> } {
  let die: () => void = () => undefined;
  const died = new Promise<void>((resolve) => (die = resolve));
  let dead = false;
  const never = new Promise<never>(() => undefined);
  return {
    died,
    store: intercept(store, async (call, next) => {
      if (dead) return never;
      const answer = await next();
      if (dead || last(call)) {
        dead = true;
        die();
        return never;
      }
      return answer;
    }),
  };
}

/** True for the append of an entry with such a fact. */
export function appends(fact: string): (call: Call) => boolean {
  return (call) =>
    call.method === 'put' &&
    call.args[0].includes('/journal/') &&
    'bytes' in call.args[1] &&
    Buffer.from(call.args[1].bytes).toString().includes(`"fact":"${fact}"`);
}

export async function dieWhile(
  world: World,
  last: (call: Call) => boolean,
  act: (store: ObjectStore) => Promise<unknown>,
): Promise<void> {
  const below = counting(world.store);
  const dying = diesAfter(oneByOne(below.store), last);
  const ended = act(dying.store).then(() => {
    throw new Error('it did not die');
  });
  await Promise.race([dying.died, ended]);
  await below.quiet();
}

const replacing = async (world: World, wants: readonly Want[] = [B]) => {
  await publish(world, 'r1', A, { key: 'dt=2', tag: 'A', parts: 2 });
  const requests = await plan(world, 'r2', wants);
  return (store: ObjectStore) => promote(world, 'r2', requests, store);
};

const stuck = (last: (call: Call) => boolean, wants?: readonly Want[]) => async (world: World) => {
  await dieWhile(world, last, await replacing(world, wants));
  world.clock.advance(1000);
};

const recovering =
  (arrange: (world: World) => Promise<void>, wish: 'forward' | 'abort') => async (world: World) => {
    await arrange(world);
    return (store: ObjectStore) => recoverBy(world, 'r3', wish, store);
  };

const aborting = async (world: World) => {
  await stuck((call) => call.method === 'complete')(world);
  await dieWhile(world, appends('aborting'), (store) => recoverBy(world, 'r3', 'abort', store));
};

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'promote, creating',
    run: 'r1',
    arrange: async (world) => {
      const requests = await plan(world, 'r1', [B]);
      return (store) => promote(world, 'r1', requests, store);
    },
  },
  { name: 'promote, replacing', run: 'r2', arrange: replacing },
  { name: 'promote, emptying', run: 'r2', arrange: (world) => replacing(world, [{ ...B, parts: 0 }]) },
  {
    name: 'promote, three together',
    run: 'r2',
    arrange: (world) => replacing(world, GROUP),
    together: ['dt=1', 'dt=2', 'dt=3'],
  },
  {
    name: 'promote without keeping the old generation',
    run: 'r2',
    arrange: async (world) => {
      await publish(world, 'r1', A);
      const requests = await plan(world, 'r2', [B]);
      return async (store) =>
        hivePublisher.promote({ ...(await actor(world, 'r2', store)), rollbackKeep: 0 }, requests);
    },
  },
  {
    name: 'abort of an intent',
    run: 'r3',
    arrange: recovering(stuck(appends('promoting')), 'abort'),
  },
  {
    name: 'abort of three together, one file visible',
    run: 'r3',
    arrange: recovering(
      stuck((call) => call.method === 'complete', GROUP),
      'abort',
    ),
    together: ['dt=1', 'dt=2', 'dt=3'],
  },
  { name: 'recover from aborting', run: 'r3', arrange: recovering(aborting, 'forward') },
  { name: 'recover from an intent', run: 'r3', arrange: recovering(stuck(appends('promoting')), 'forward') },
  {
    name: 'recover three together from one file visible',
    run: 'r3',
    arrange: recovering(
      stuck((call) => call.method === 'complete', GROUP),
      'forward',
    ),
    together: ['dt=1', 'dt=2', 'dt=3'],
  },
  { name: 'recover from cleaning', run: 'r3', arrange: recovering(stuck(appends('cleaning')), 'forward') },
  {
    name: 'recover from half of the old files deleted',
    run: 'r3',
    arrange: recovering(
      stuck((call) => call.method === 'delete'),
      'abort',
    ),
  },
  {
    name: 'rollback of a replacement',
    run: 'r3',
    arrange: async (world) => {
      await publish(world, 'r1', A);
      await publish(world, 'r2', B);
      world.may.set('dt=1', ['B', 'A']);
      return (store) => rollBack(world, 'r3', 'r2', store);
    },
  },
  {
    name: 'rollback of a creation',
    run: 'r3',
    arrange: async (world) => {
      await publish(world, 'r1', A);
      world.may.set('dt=1', ['A', NOTHING]);
      return (store) => rollBack(world, 'r3', 'r1', store);
    },
  },
  {
    name: 'gc of every kind',
    run: 'r4',
    arrange: async (world) => {
      await publish(world, 'r1', A);
      await publish(world, 'r2', B);
      const before = [...world.may];
      const requests = await plan(world, 'r3', [{ key: 'dt=1', tag: 'C', parts: 2 }]);
      for (const [key, may] of before) world.may.set(key, may);
      // Uploads, and on stores that copy a protected generation, of a run that never came to its intent.
      await dieWhile(
        world,
        (call) => call.method === 'list' && call.args[0].includes('/dt=1/'),
        (store) => promote(world, 'r3', requests, store),
      );
      return (store) => gc(world, 'r4', 40 * DAY, store);
    },
  },
];
