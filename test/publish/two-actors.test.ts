/**
 * Two processes, every interleaving of the kind "one stops after each of its calls, the other runs to its end, the first goes
 * on": what the first had on its way lands late. Nobody dies and nothing fails, so that both must tell the truth.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { isLakefillError } from '../../src/core/errors.js';
import { keysMadeBy } from '../../src/publish/rollback.js';
import { faults } from '../../src/store/fault.js';
import type { Call } from '../../src/store/intercept.js';
import { attemptsOf, tell } from '../support/independent-reader.js';
import { instantViolations, namedFirstViolations, NOTHING, parsePart } from '../support/invariants.js';
import { SOAK_MINUTES } from '../support/soak.js';
import { BACKENDS, counting, oneByOne } from './backends.js';
import type { BackendName } from './backends.js';
import { SCENARIOS } from './scenarios.js';
import type { Scenario } from './scenarios.js';
import {
  actor,
  createWorld,
  endViolations,
  gc,
  plan,
  promote,
  recoverBy,
  Refused,
  rollBack,
} from './world.js';
import type { World } from './world.js';

const C = [{ key: 'dt=1', tag: 'C', parts: 2 }];

/** What another command does meanwhile; it begins with recovery as every writing command does. */
const OTHERS: Record<string, (world: World) => Promise<unknown>> = {
  'a recovery': (world) => recoverBy(world, 'other'),
  'a recovery that undoes': (world) => recoverBy(world, 'other', 'abort'),
  'a second promotion': async (world) => {
    await recoverBy(world, 'other');
    return promote(world, 'other', await plan(world, 'other', C));
  },
  'an undoing and a second promotion': async (world) => {
    await recoverBy(world, 'other', 'abort');
    return promote(world, 'other', await plan(world, 'other', C));
  },
  'a second promotion without recovery': async (world) =>
    promote(world, 'other', await plan(world, 'other', C)),
  'a recovery, a rollback of what is there, and gc': async (world) => {
    await recoverBy(world, 'other');
    const made = (await actor(world, 'other')).journal.key('dt=1').contentOf;
    if (made) await undo(world, made);
    return gc(world, 'other');
  },
};

async function undo(world: World, run: string): Promise<void> {
  const context = await actor(world, 'other');
  const objects = await world.raw.snapshot();
  for (const { key, retained } of keysMadeBy(context, run)) {
    const before = retained.findLast((one) => one.replacedBy === run);
    const bytes = before?.files.map((file) => objects.get(before.prefix + file.name));
    const tags = bytes?.map((one) => (one ? parsePart(one)!.tag : NOTHING));
    world.may.set(key, [...world.may.get(key)!, tags?.[0] ?? NOTHING]);
  }
  await rollBack(world, 'other', run).catch((error: unknown) => {
    if (!(error instanceof Refused)) throw error;
  });
}

const counts: Record<string, number> = {};
afterAll(() => {
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const parts = Object.entries(counts).map(([name, count]) => `${name} ${count}`);
  process.stdout.write(`two actors: ${total} interleavings (${parts.join(', ')})\n`);
});

describe.each(BACKENDS)('two processes on %s', (backend) => {
  it.each(SCENARIOS.map((scenario) => [scenario.name, scenario] as const))(
    '%s, and another',
    async (_name, scenario) => {
      const calls = await countCalls(backend, scenario);
      const violations: string[] = [];
      let index = 0;
      for (let at = 1; at <= calls; at++) {
        for (const kind of ['hang', 'hang-after'] as const) {
          for (const other of Object.keys(OTHERS)) {
            index += 1;
            if (!isChosen(backend, kind, index)) continue;
            const found = await interleaving(backend, scenario, at, kind, other);
            violations.push(...found.map((text) => `${kind} at call ${at} of ${calls}, ${other}: ${text}`));
            counts[backend] = (counts[backend] ?? 0) + 1;
          }
        }
      }
      expect(violations).toEqual([]);
    },
    3_600_000,
  );
});

/** Everywhere every call with some other; in memory every late call with every other. A soak does all. */
function isChosen(backend: BackendName, kind: string, index: number): boolean {
  if (SOAK_MINUTES > 0 || (backend === 'memory' && kind === 'hang')) return true;
  return index % { memory: 5, 's3-like': 7, local: 17 }[backend] === 0;
}

async function countCalls(backend: BackendName, scenario: Scenario): Promise<number> {
  const world = createWorld(backend);
  try {
    const act = await scenario.arrange(world);
    const counted = faults(world.store);
    await act(oneByOne(counted.store));
    return counted.calls.length;
  } finally {
    world.dispose();
  }
}

async function interleaving(
  backend: BackendName,
  scenario: Scenario,
  at: number,
  kind: 'hang' | 'hang-after',
  other: string,
): Promise<string[]> {
  const world = createWorld(backend);
  const violations: string[] = [];
  const look = async (call: Call) => {
    if (['list', 'listLevel', 'get', 'head', 'listPrepared'].includes(call.method)) return;
    const objects = await world.raw.snapshot();
    const found = [
      ...instantViolations(objects, world.expected),
      ...namedFirstViolations(objects, world.expected),
    ];
    violations.push(...found.map((text) => `after ${call.method}: ${text}`));
  };
  try {
    const act = await scenario.arrange(world);
    const below = counting(world.store);
    const stopped = faults(below.store, { at, kind }, { onEffect: look });
    const acting = act(oneByOne(stopped.store)).catch((error: unknown) => error);
    await Promise.race([acting, stopped.hung]);
    await below.quiet();
    const watched = faults(world.store, null, { onEffect: look });
    const told = await OTHERS[other]!({ ...world, store: oneByOne(watched.store) });
    stopped.release();
    const late = await acting;
    await below.quiet();
    const recovered = await recoverBy(world, 'last');
    violations.push(
      ...recovered.filter(({ result }) => result === 'failed').map((one) => `recover failed: ${one.message}`),
      ...thrown(late),
      ...(await truth(world, 'other', told)),
      ...(await truth(world, scenario.run, late)),
      ...(await endViolations(world)),
    );
    return violations;
  } catch (error) {
    return [...violations, `threw ${error instanceof Error ? error.stack : String(error)}`];
  } finally {
    world.dispose();
  }
}

/** Refusals that are right: the other moved the partition, or removed what the first was about to copy. */
function thrown(late: unknown): string[] {
  if (!(late instanceof Error)) return [];
  if (late instanceof Refused || isLakefillError(late, 'STORE_NOT_FOUND')) return [];
  return [`the first threw ${late.stack}`];
}

/** Whoever says `promoted` published, and whoever says `conflict` did not, unless it says so. */
async function truth(world: World, run: string, results: unknown): Promise<string[]> {
  if (!Array.isArray(results)) return [];
  const told = tell(await world.raw.snapshot(), world.control.prefix);
  const violations: string[] = [];
  for (const result of results as { key: string; outcome?: string; code?: string }[]) {
    if (result.outcome !== 'promoted' && result.outcome !== 'conflict') continue;
    const published = attemptsOf(told, run, result.key).some((one) => one.published);
    const says = result.outcome === 'promoted' || result.code === 'modified-outside';
    if (published !== says)
      violations.push(
        `${run} told ${result.outcome} of ${result.key}, which was ${published ? '' : 'not '}published`,
      );
  }
  return violations;
}
