import { describe, expect, it } from 'vitest';
import type { ApiContext } from '../../src/api/context.js';
import { plan, planKeys } from '../../src/api/plan.js';
import { scan } from '../../src/api/scan.js';
import type { TransformEngine } from '../../src/engine/transform-engine.js';
import { Only } from '../../src/plan/only.js';
import { decodePlan, encodePlan } from '../../src/plan/plan-file.js';
import { Lake, STORE, journalOf, produced, showing, sketch } from '../support/lake.js';

const RAW = { name: 'raw', url: `${STORE}raw/dt={dt}/*.parquet` };

/** The port's `inspect` alone: what the engine would say of the SQL. */
function contextOf(lake: Lake, tables = ['raw']): ApiContext & { inspected: string[] } {
  const inspected: string[] = [];
  const engine = {
    name: 'none',
    inspect: (sql: string) => {
      inspected.push(sql);
      return Promise.resolve({
        problem: null,
        parameters: ['dt'],
        tables,
        tree: null,
        treeAlgorithm: 'none',
      });
    },
  } as unknown as TransformEngine;
  return {
    project: { settings: {} as ApiContext['project']['settings'], datasets: [...lake.datasets.values()] },
    stores: () => lake.store,
    engine: () => engine,
    warmEngine: () => undefined,
    clock: lake.clock,
    journals: ({ name }) => lake.journals.get(name)!,
    user: 'me@here',
    inspected,
  };
}

async function lakeOfThreeDays() {
  const lake = new Lake('2025-01-01T00:00:00Z');
  const orders = sketch({
    name: 'orders',
    target: `${STORE}orders/dt={dt}/`,
    inputs: [RAW],
    sql: 'SELECT $dt',
    time: { end: '2025-01-03' },
  });
  const total = sketch({
    name: 'total',
    target: `${STORE}total/dt={dt}/`,
    time: { end: '2025-01-03' },
    inputs: [{ name: 'o', url: `${STORE}orders/dt={dt}/`, dataset: 'orders' }],
  });
  for (const day of ['01', '02', '03']) await lake.write(`raw/dt=2025-01-${day}/a.parquet`);
  lake.clock.set('2025-01-05T00:00:00Z');
  const file = await lake.write('orders/dt=2025-01-01/x.parquet');
  lake.add(total);
  lake.add(orders, showing(journalOf(produced(orders, 'dt=2025-01-01', [file]))));
  return lake;
}

describe('scan', () => {
  it('gives the document of every dataset', async () => {
    const document = await scan(contextOf(await lakeOfThreeDays()));
    expect(document).toMatchObject({ format: 'lakefill.scan/1', asOf: '2025-01-05T00:00:00Z' });
    expect(document.datasets.map((d) => [d.dataset, d.counts])).toEqual([
      ['total', { missing: 1, blocked: 2 }],
      ['orders', { fresh: 1, missing: 2 }],
    ]);
    expect(document.datasets[1]).toMatchObject({
      target: `${STORE}orders/`,
      grain: 'day',
      timezone: 'UTC',
      notes: [],
    });
    expect(document.datasets[1]!.partitions[0]).toEqual({
      key: 'dt=2025-01-01',
      start: '2025-01-01T00:00:00Z',
      end: '2025-01-02T00:00:00Z',
      status: 'fresh',
      reasons: [],
      notes: [],
      managed: true,
      generation: 1,
      files: 1,
      bytes: 64,
      rows: 7,
      lastModified: '2025-01-05T00:00:00Z',
    });
  });

  it('narrows what is listed, not what is counted, by --only; and everything by the rest', async () => {
    const context = contextOf(await lakeOfThreeDays());
    const only = (await scan(context, { datasets: ['orders'], only: ['missing'] })).datasets[0]!;
    expect([only.counts, only.partitions.length]).toEqual([{ fresh: 1, missing: 2 }, 2]);
    const from = (await scan(context, { datasets: ['orders'], from: '2025-01-03' })).datasets[0]!;
    expect(from.counts).toEqual({ missing: 1 });
    const below = await scan(context, { datasets: ['orders'], withDownstream: true });
    expect(below.datasets.map((d) => d.dataset)).toEqual(['orders', 'total']);
  });
});

describe('plan', () => {
  it('plans a chain of datasets in one go', async () => {
    const context = contextOf(await lakeOfThreeDays());
    const made = await plan(context, { reason: 'a test', batch: '7d' });
    expect(made).toMatchObject({
      reason: 'a test',
      requestedBy: 'me@here',
      refused: null,
      options: { batch: '7d', order: 'oldest' },
    });
    expect(made.datasets.map((d) => [d.dataset, d.tasks.map((task) => task.key)])).toEqual([
      ['orders', ['dt=2025-01-02', 'dt=2025-01-03']],
      ['total', ['dt=2025-01-01', 'dt=2025-01-02', 'dt=2025-01-03']],
    ]);
    expect(made.datasets[1]!.tasks[1]!.inputs).toEqual([{ name: 'o', tasks: ['orders/dt=2025-01-02'] }]);
    expect(context.inspected).toEqual(['SELECT $dt']);
    expect(decodePlan(encodePlan(made), 'plan')).toEqual(made);
  });

  it('refuses SQL that uses what does not exist, and shows the plan all the same', async () => {
    const made = await plan(contextOf(await lakeOfThreeDays(), ['raws']));
    expect(made.refused).toMatchObject({ code: 'TRANSFORM_REFUSED', hint: "Did you mean 'raw'?" });
    expect(made.datasets[0]!.tasks).toHaveLength(2);
  });

  it('does not look at SQL when there is nothing to do', async () => {
    const context = contextOf(await lakeOfThreeDays());
    await plan(context, { datasets: ['orders'], to: '2025-01-01' });
    expect(context.inspected).toEqual([]);
  });

  it('refuses words that it cannot read', async () => {
    const context = contextOf(await lakeOfThreeDays());
    await expect(plan(context, { batch: 'weekly' })).rejects.toMatchObject({ code: 'SELECTION_INVALID' });
    await expect(plan(context, { limit: 0 })).rejects.toMatchObject({ code: 'USAGE' });
    await expect(plan(context, { datasets: ['order'] })).rejects.toMatchObject({ code: 'DATASET_UNKNOWN' });
  });

  it('is cancelled by its signal', async () => {
    const context = contextOf(await lakeOfThreeDays());
    await expect(plan(context, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});

describe('planKeys', () => {
  it('plans exactly these keys, fresh ones too, and nothing for none', async () => {
    const context = contextOf(await lakeOfThreeDays());
    const all = Only.read(['all']);
    const made = await planKeys(context, new Map([['orders', ['dt=2025-01-01', 'dt=2025-01-03']]]), all, {});
    expect(made.datasets.map((d) => [d.dataset, d.tasks.map((task) => task.key)])).toEqual([
      ['orders', ['dt=2025-01-01', 'dt=2025-01-03']],
    ]);
    expect((await planKeys(context, new Map(), all, {})).datasets).toEqual([]);
  });
});
