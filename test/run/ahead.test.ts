import { expect, it } from 'vitest';
import type { Task } from '../../src/plan/plan.js';
import { aheadOf } from '../../src/run/ahead.js';
import { TestLake } from '../e2e/lake.js';

const MIB = 1024 * 1024;
const reads = (...bytes: number[]) =>
  ({
    inputs: bytes.map((n, i) => ({ name: `i${i}`, objects: 1, bytes: n, version: 'v' })),
  }) as unknown as Task;
const awaits = { inputs: [{ name: 'days', tasks: ['days/dt=1'] }] } as unknown as Task;

it.each<[string, Task[], number]>([
  ['nothing to read', [reads()], 20],
  ['small partitions', [reads(2 * MIB), reads(MIB)], 20],
  ['one that is larger', [reads(2 * MIB), reads(16 * MIB, 16 * MIB)], 8],
  ['large ones', [reads(2 * MIB), reads(10_000 * MIB)], 3],
  ['what is yet to be made', [reads(2 * MIB), awaits], 3],
  ['no tasks', [], 20],
])('%s', (_what, tasks, ahead) => expect(aheadOf(tasks)).toBe(ahead));

it('the first partitions are fetched alone, so that engine processes begin the sooner', async () => {
  const lake = await TestLake.sales(12);
  const steps: string[] = [];
  await lake.library(async (project) => {
    const plan = await project.plan({ concurrency: 2 });
    await project.apply(plan, {
      onEvent: (event) => void (event.event === 'step' && steps.push(event.step)),
    });
  });
  const first = steps.indexOf('transform');
  expect(new Set(steps.slice(0, first))).toEqual(new Set(['fetch']));
  expect(first).toBeLessThanOrEqual(4);
  expect(steps.filter((step) => step === 'fetch')).toHaveLength(12);
});
