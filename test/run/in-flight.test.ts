import { expect, it } from 'vitest';
import { parseLayout } from '../../src/core/layout.js';
import { controlPaths } from '../../src/journal/control.js';
import { Lease } from '../../src/journal/lease.js';
import type { RunContext } from '../../src/run/context.js';
import { inFlightBeside } from '../../src/run/open-dataset.js';
import type { OpenDataset } from '../../src/run/open-dataset.js';
import { createMemoryStore } from '../../src/store/memory.js';
import { ManualClock } from '../support/manual-clock.js';

const KEYS = ['dt=1', 'dt=2', 'dt=3'];

it('of two runs that begin together, the first keeps the keys that both want', async () => {
  const clock = new ManualClock();
  const store = createMemoryStore('memory://lake/', { clock });
  const { root } = parseLayout('lake/sales/dt={dt}/', (path) => ({ store: store.url, path }), {
    dt: { kind: 'text' },
  });
  const control = controlPaths(root);
  const context = { dryRun: false } as RunContext;
  const open = { store, control, inFlight: new Map([['dt=9', { run: 'run-0' }]]) } as unknown as OpenDataset;
  const leases = ['run-1', 'run-2'].map(
    (run) => new Lease({ store, control, clock, run, by: 'me@here', keys: KEYS }),
  );
  for (const lease of leases) await lease.take();
  const seenBy = async (run: string, keys = KEYS) =>
    Object.fromEntries(await inFlightBeside(context, open, run, keys));
  expect(await seenBy('run-1')).toEqual({ 'dt=9': { run: 'run-0' } });
  expect(await seenBy('run-2', ['dt=2', 'dt=4'])).toEqual({
    'dt=9': { run: 'run-0' },
    'dt=2': { run: 'run-1' },
  });
  await leases[0]!.release();
  expect(await seenBy('run-2')).toEqual({ 'dt=9': { run: 'run-0' } });
  await leases[1]!.release();
});
