/**
 * Every call of every writing act fails before it, fails after it, loses its answer, or is the last that the process makes.
 * Then another process recovers, and an outsider looks. The loop finds the number of calls by itself.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { faults } from '../../src/store/fault.js';
import type { FaultKind, Faults } from '../../src/store/fault.js';
import type { Call } from '../../src/store/intercept.js';
import { dataFiles } from '../support/independent-reader.js';
import { instantViolations, namedFirstViolations, wholeTags } from '../support/invariants.js';
import { SOAK_MINUTES } from '../support/soak.js';
import { BACKENDS, counting, oneByOne } from './backends.js';
import type { BackendName } from './backends.js';
import { SCENARIOS } from './scenarios.js';
import type { Scenario } from './scenarios.js';
import { createWorld, endViolations, recoverBy } from './world.js';
import type { World } from './world.js';

type Wish = 'forward' | 'abort';
const DEATHS: readonly (readonly [FaultKind, Wish])[] = [
  ['fail-before', 'forward'],
  ['fail-after', 'forward'],
  ['lose-answer', 'forward'],
  ['hang', 'forward'],
  ['hang', 'abort'],
  ['hang-after', 'forward'],
  ['hang-after', 'abort'],
];
/** In memory every call dies in every way; elsewhere every call dies in some, one in so many of all. A soak does all. */
const SHARE: Record<BackendName, number> = { memory: 1, 's3-like': 3, local: DEATHS.length };

const CHANGES = new Set(['put', 'copy', 'delete', 'prepare', 'complete', 'abort']);

const counts: Record<string, number> = {};
afterAll(() => {
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const parts = Object.entries(counts).map(([name, count]) => `${name} ${count}`);
  process.stdout.write(`crash matrix: ${total} cases (${parts.join(', ')})\n`);
});

describe.each(BACKENDS)('a process that dies on %s', (backend) => {
  it.each(SCENARIOS.map((scenario) => [scenario.name, scenario] as const))(
    '%s',
    async (_name, scenario) => {
      const calls = await countCalls(backend, scenario);
      expect(calls).toBeGreaterThan(3);
      const violations: string[] = [];
      for (let at = 1; at <= calls; at++) {
        for (const [i, [kind, wish]] of DEATHS.entries()) {
          if (SOAK_MINUTES === 0 && (at + i) % SHARE[backend] !== 0) continue;
          const found = await oneCase(backend, scenario, at, kind, wish);
          violations.push(...found.map((text) => `${kind} at call ${at} of ${calls}, then ${wish}: ${text}`));
          counts[backend] = (counts[backend] ?? 0) + 1;
        }
      }
      expect(violations).toEqual([]);
    },
    3_600_000,
  );
});

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

async function oneCase(
  backend: BackendName,
  scenario: Scenario,
  at: number,
  kind: FaultKind,
  wish: Wish,
): Promise<string[]> {
  const world = createWorld(backend);
  const violations: string[] = [];
  const look = async (call: Call) => {
    if (!CHANGES.has(call.method)) return;
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
    const interrupted = faults(below.store, { at, kind }, { onEffect: look });
    const told = await untilItDies(act, interrupted);
    await below.quiet();
    const watched = faults(world.store, null, { onEffect: look });
    const recovered = await recoverBy(world, 'recoverer', wish, oneByOne(watched.store));
    violations.push(
      ...recovered
        .filter(({ result }) => result === 'failed')
        .map(({ key, message }) => `${key}: recover failed: ${message}`),
      ...(await endViolations(world)),
      ...(await groupViolations(world, scenario)),
      ...(await truthViolations(world, told)),
    );
    return violations;
  } finally {
    world.dispose();
  }
}

/** What the act answered; null when it threw or never answered. */
async function untilItDies(
  act: (store: Faults['store']) => Promise<unknown>,
  interrupted: Faults,
): Promise<unknown> {
  const ended = act(oneByOne(interrupted.store)).catch(() => null);
  return Promise.race([ended, interrupted.hung.then(() => null)]);
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
  for (const result of told as { key: string; outcome?: string; generation?: number }[]) {
    if (result.outcome !== 'promoted' && result.outcome !== 'conflict') continue;
    const may = world.may.get(result.key)!;
    const tag = (await tagAt(world, result.key)) || '-';
    const isNew = tag === may.at(-1);
    if (isNew !== (result.outcome === 'promoted'))
      violations.push(`${result.key}: told ${result.outcome}, readers find ${tag}`);
  }
  return violations;
}
