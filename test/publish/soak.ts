/**
 * One seeded run of the soak: a lake in a bucket whose requests break at random, and a row of writing acts on it, some of
 * which die. Then the faults end, a recovery follows, and an outsider looks. Same seed, same faults.
 */
import { isLakefillError } from '../../src/core/errors.js';
import type { PublishResult } from '../../src/publish/publisher.js';
import { intercept } from '../../src/store/intercept.js';
import type { ObjectStore } from '../../src/store/object-store.js';
import { retrying } from '../../src/store/retry.js';
import { FAULT_MIX, STALLS } from '../support/fault-mix.js';
import { instantViolations, namedFirstViolations, NOTHING } from '../support/invariants.js';
import { counting } from './backends.js';
import {
  aside,
  DAY,
  endViolations,
  gc,
  plan,
  promote,
  publish,
  recoverBy,
  Refused,
  rollBack,
} from './world.js';
import type { Want, World } from './world.js';
import type { S3Lakes } from './s3-world.js';
import { randomFrom } from './scheduler.js';

export interface Soaked {
  readonly violations: readonly string[];
  readonly acts: readonly string[];
  readonly requests: number;
}

const KEYS = ['dt=1', 'dt=2', 'dt=3'];
const LONGEST_ACT_MS = 60_000;

export async function soakRun(lakes: S3Lakes, seed: number): Promise<Soaked> {
  const random = randomFrom(seed);
  const world = await lakes.world();
  const run: Run = { world, random, store: world.store, seed, acts: [], violations: [], generation: 0 };
  // Half of the commands retry as the real ones do; without that, faults reach deeper.
  if (random() < 0.5) run.store = retrying(world.store, { clock: world.clock, random });
  try {
    for (const key of KEYS) {
      if (random() < 0.6)
        await publish(aside(world), 'r0', { key, tag: 'A', parts: 1 + Math.floor(random() * 2) });
    }
    lakes.server.faults.seed(seed, 0.01 + random() ** 2 * 0.15, FAULT_MIX);
    // Each costs the time of a timeout.
    if (random() < 0.06)
      lakes.server.faults.plant({ ...pick(random, STALLS), nth: 1 + Math.floor(random() * 80) });
    const acts = 2 + Math.floor(random() * 4);
    for (let i = 1; i <= acts; i++) await oneAct(run, `r${i}`);
    lakes.server.faults.clear();
    await settle(run);
    return { violations: run.violations, acts: run.acts, requests: lakes.server.requests.length };
  } finally {
    lakes.server.faults.clear();
    world.dispose();
  }
}

interface Run {
  readonly world: World;
  readonly random: () => number;
  store: ObjectStore;
  readonly seed: number;
  readonly acts: string[];
  readonly violations: string[];
  generation: number;
}

async function oneAct(run: Run, id: string): Promise<void> {
  const { world, random } = run;
  const below = counting(run.store);
  const store = random() < 0.25 ? dying(below.store, 3 + Math.floor(random() * 40)) : below.store;
  const name = pick(random, [
    'promote',
    'promote',
    'promote',
    'together',
    'rollback',
    'recover',
    'undo',
    'gc',
  ]);
  let told = 'nothing';
  try {
    const answer = await inTime(act(run, name, id, store), `${name} of ${id}`);
    told = outcomes(answer);
    if (Array.isArray(answer)) await believe(run, answer as PublishResult[]);
  } catch (error) {
    told = error instanceof Died ? 'died' : error instanceof Refused ? 'refused' : messageOf(error);
    if (!isLakefillError(error) && !(error instanceof Died) && !(error instanceof Refused))
      run.violations.push(`${name} of ${id} threw ${String((error as Error).stack)}`);
  }
  // What was on its way when it ended still lands.
  await below.quiet();
  run.acts.push(`${id} ${name}: ${told}`);
  const objects = await world.raw.snapshot();
  const found = [
    ...instantViolations(objects, world.expected),
    ...namedFirstViolations(objects, world.expected),
  ];
  run.violations.push(...found.map((text) => `after ${name} of ${id}: ${text}`));
}

async function act(run: Run, name: string, id: string, store: ObjectStore): Promise<unknown> {
  const { world, random } = run;
  const there = { ...world, store };
  switch (name) {
    case 'promote':
    case 'together': {
      const keys = KEYS.filter(() => random() < (name === 'together' ? 0.8 : 0.4));
      run.generation += 1;
      const tag = `G${run.generation}`;
      const wants: Want[] = keys.map((key) => ({ key, tag, parts: Math.floor(random() * 3) }));
      const requests = await plan(there, id, wants);
      if (name === 'together') return promote(there, id, requests, store);
      return allOf(requests.map((one) => promote(there, id, [one], store)));
    }
    case 'rollback':
      widenToAll(world);
      return rollBack(there, id, `r${Math.floor(random() * 5)}`, store);
    case 'recover':
      return recoverBy(there, id, 'forward', store);
    case 'undo':
      return recoverBy(there, id, 'abort', store);
    default:
      return gc(there, id, 3 * DAY, store);
  }
}

/** Waits for all before it throws what the first one threw: a process ends when none of them works any more. */
async function allOf(promotions: readonly Promise<readonly PublishResult[]>[]): Promise<PublishResult[]> {
  const ended = await Promise.allSettled(promotions);
  return ended.flatMap((one) => {
    if (one.status === 'rejected') throw one.reason as Error;
    return one.value;
  });
}

/** A rollback may bring back whatever a key ever had. */
function widenToAll(world: World): void {
  for (const [key, may] of world.may)
    world.may.set(key, [...new Set([...may, ...everOf(world, key), NOTHING])]);
}

const ever = new WeakMap<World, Map<string, Set<string>>>();
function everOf(world: World, key: string): Set<string> {
  const known = ever.get(world) ?? new Map<string, Set<string>>();
  ever.set(world, known);
  const tags = known.get(key) ?? new Set(['A']);
  for (const tag of world.may.get(key) ?? []) tags.add(tag);
  known.set(key, tags);
  return tags;
}

/** What was told as promoted must be what readers find now: nothing else works at the same time. */
async function believe(run: Run, results: readonly PublishResult[]): Promise<void> {
  for (const key of KEYS) if (run.world.may.has(key)) everOf(run.world, key);
  const objects = await run.world.raw.snapshot();
  for (const result of results) {
    if (result.outcome !== 'promoted' || !('files' in result)) continue;
    const prefix = `${run.world.layout.root.path}${result.key}/`;
    const there = [...objects.keys()]
      .filter((path) => path.startsWith(prefix))
      .map((path) => path.slice(prefix.length));
    const told = result.files.map((file) => file.name);
    if (told.sort().join() !== there.sort().join())
      run.violations.push(`${result.key}: told promoted ${told.join(', ')}; there is ${there.join(', ')}`);
  }
}

/** In either direction: what was begun is finished, or what can still be undone is. */
async function settle(run: Run): Promise<void> {
  const { world, random } = run;
  const recovered = await recoverBy(world, 'last', random() < 0.5 ? 'forward' : 'abort');
  run.violations.push(...recovered.filter((one) => one.result === 'failed').map((one) => one.message));
  run.violations.push(...(await endViolations(world)));
}

class Died extends Error {}

/** A process that dies before its n-th call: what it had on its way still lands. */
function dying(store: ObjectStore, calls: number): ObjectStore {
  let made = 0;
  return intercept(store, (_call, next) => {
    made += 1;
    return made > calls ? Promise.reject(new Died()) : next();
  });
}

async function inTime<T>(work: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} hangs`)), LONGEST_ACT_MS);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

function pick<T>(random: () => number, from: readonly T[]): T {
  return from[Math.floor(random() * from.length)]!;
}

function outcomes(answer: unknown): string {
  if (!Array.isArray(answer)) return 'done';
  const ends = (answer as { outcome?: string; result?: string }[]).map(
    (one) => one.outcome ?? one.result ?? 'done',
  );
  return ends.join(' ') || 'nothing to do';
}

function messageOf(error: unknown): string {
  return isLakefillError(error) ? error.code : String(error);
}
