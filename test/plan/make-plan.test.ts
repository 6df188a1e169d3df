import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { versionDigest } from '../../src/core/digest.js';
import type { Dataset } from '../../src/dataset/dataset.js';
import { expectedKeys } from '../../src/dataset/expected-keys.js';
import { inDependencyOrder, withDownstream } from '../../src/plan/order.js';
import type { Plan } from '../../src/plan/plan.js';
import type { ScannedKey } from '../../src/scan/dataset-scan.js';
import { Upstream } from '../../src/scan/upstream.js';
import { STORE, journalOf, produced, sketch } from '../support/lake.js';
import { NOW, OPTIONS, heldOf, input, keysOf, planOf, scanOf, scanned } from './support.js';

const RAW = { name: 'raw', url: `${STORE}raw/dt={dt}/*.parquet` };
const sales = sketch({ inputs: [RAW], sql: 'SELECT dt, ts FROM raw WHERE ts >= $partition_start' });
const day = (n: number) => `dt=2025-01-${String(n).padStart(2, '0')}`;
const managed = (dataset: Dataset, key: string) => {
  const prefix = `${dataset.layout.root.path}${key}/`;
  const file = { path: `${prefix}a.parquet`, size: 100, etag: `etag-${prefix}a.parquet`, lastModified: 0 };
  return { managed: true, objects: [file], state: produced(dataset, key, [file]) };
};

describe('makePlan', () => {
  it('takes missing, unreadable and input-changed keys, and says why it leaves the others', () => {
    const codes = [
      'absent',
      'fresh',
      'unreadable',
      'input-changed',
      'definition-changed',
      'expired',
      'small-files',
    ] as const;
    const more = [
      'modified-outside',
      'input-missing',
      'in-progress',
      'interrupted',
      'input-unknown',
      'not-due',
    ] as const;
    const keys = [...codes, ...more].map((code, i) =>
      scanned(
        sales,
        day(i + 1),
        code,
        code === 'absent' || code === 'input-missing' ? {} : managed(sales, day(i + 1)),
      ),
    );
    const plan = planOf([scanOf(sales, keys)]);
    expect(keysOf(plan)).toEqual([day(1), day(3), day(4)]);
    expect(heldOf(plan)).toEqual({
      [day(5)]: 'definition-changed',
      [day(6)]: 'expired',
      [day(7)]: 'small-files',
      [day(8)]: 'modified-outside',
      [day(9)]: 'input-missing',
      [day(10)]: 'in-flight',
      [day(11)]: 'interrupted',
    });
    expect(plan.datasets[0]!.unknown).toMatchObject([
      { key: day(12), code: 'input-unknown', status: 'unknown' },
    ]);
    expect(plan.datasets[0]!.fresh).toBe(1);
    expect(plan.refused).toBeNull();
  });

  it('pins inputs and the base of each task', () => {
    const state = managed(sales, day(4));
    const plan = planOf([
      scanOf(sales, [scanned(sales, day(3), 'absent'), scanned(sales, day(4), 'input-changed', state)]),
    ]);
    expect(plan.datasets[0]!.tasks).toEqual([
      {
        key: day(3),
        action: 'create',
        start: '2025-01-03T00:00:00Z',
        end: '2025-01-04T00:00:00Z',
        reasons: [{ code: 'absent', message: 'because absent' }],
        inputs: [{ name: 'raw', objects: 2, bytes: 1000, version: 'version-of-raw' }],
        base: { generation: null, objects: 0, bytes: 0, version: versionDigest([]) },
      },
      expect.objectContaining({
        action: 'replace',
        base: { generation: 1, objects: 1, bytes: 100, version: versionDigest(state.objects) },
      }),
    ]);
    expect(plan).toMatchObject({
      format: 'lakefill.plan/1',
      asOf: '2025-02-01T00:00:00Z',
      requestedBy: 'me@here',
    });
    expect(plan.datasets[0]).toMatchObject({ dataset: 'sales', journalSequence: 41 });
    expect(plan.estimate).toMatchObject({ partitions: 2, readBytes: 2000, seconds: null });
  });

  it('follows --only, --partition, --overwrite-external and --order', () => {
    const keys = [
      scanned(sales, day(1), 'absent'),
      scanned(sales, day(2), 'definition-changed', managed(sales, day(2))),
      scanned(sales, day(3), 'fresh', managed(sales, day(3))),
      scanned(sales, day(4), 'modified-outside', managed(sales, day(4))),
      scanned(sales, day(5), 'not-expected'),
    ];
    const scans = [scanOf(sales, keys)];
    expect(keysOf(planOf(scans, { only: ['stale'] }))).toEqual([day(2)]);
    expect(keysOf(planOf(scans, { only: ['all'] }))).toEqual([day(1), day(2), day(3)]);
    expect(keysOf(planOf(scans, {}, { overwriteExternal: true }))).toEqual([day(1), day(4)]);
    expect(keysOf(planOf(scans, { only: ['missing'] }, { overwriteExternal: true }))).toEqual([day(1)]);
    expect(keysOf(planOf(scans, { only: ['all'] }, { options: { ...OPTIONS, order: 'newest' } }))).toEqual([
      day(3),
      day(2),
      day(1),
    ]);
    expect(heldOf(planOf(scans, { partitions: ['dt=2025-01-0*'] }))[day(5)]).toBe('not-expected');
    expect(planOf(scans, { from: '2025-01-03', to: '2025-01-03' }).datasets[0]).toMatchObject({
      tasks: [],
      held: [],
      fresh: 1,
    });
    const requested = planOf(scans, { only: ['all'] }).datasets[0]!.tasks[2]!;
    expect(requested.reasons).toMatchObject([{ code: 'requested' }]);
  });

  it('cuts at --limit and holds the rest; without one refuses more than limits.partitions', () => {
    const few = { ...sales, limits: { ...sales.limits, partitions: 2 } };
    const scans = [
      scanOf(
        few,
        [1, 2, 3].map((n) => scanned(few, day(n), 'absent')),
      ),
    ];
    const refused = planOf(scans);
    expect(refused.refused).toMatchObject({
      code: 'PLAN_REFUSED',
      hint: expect.stringContaining('--limit 2'),
    });
    expect(keysOf(refused)).toHaveLength(3);
    const limited = planOf(scans, {}, { limit: 2 });
    expect([limited.refused, keysOf(limited), heldOf(limited)]).toEqual([
      null,
      [day(1), day(2)],
      { [day(3)]: 'over-limit' },
    ]);
    expect(planOf(scans, {}, { limit: 'all' }).refused).toBeNull();
  });

  it('refuses tables of other formats, budgets that are exceeded, and what others refuse; only where there is work', () => {
    const work = [scanned(sales, day(1), 'absent')];
    const rest = [scanned(sales, day(1), 'fresh', managed(sales, day(1)))];
    const refusal = (keys: ScannedKey[], scan = {}, over = {}) =>
      planOf([scanOf(sales, keys, scan)], {}, over).refused?.code ?? null;
    expect(refusal(work, { tableFormat: 'delta' })).toBe('TARGET_REFUSED');
    expect(refusal(rest, { tableFormat: 'delta' })).toBeNull();
    expect([refusal(work, {}, { maxBytes: 999 }), refusal(work, {}, { maxBytes: 1000 })]).toEqual([
      'PLAN_REFUSED',
      null,
    ]);
    const small = { ...sales, limits: { ...sales.limits, inputBytes: 999 } };
    expect(planOf([scanOf(small, work)]).refused?.code).toBe('PLAN_REFUSED');
    const refusals = new Map([['sales', { code: 'TRANSFORM_SYNTAX', message: '', hint: '' }]]);
    expect([refusal(work, {}, { refusals }), refusal(rest, {}, { refusals })]).toEqual([
      'TRANSFORM_SYNTAX',
      null,
    ]);
  });

  it('warns where rows are not checked against the key', () => {
    const warned = (dataset: Dataset) =>
      planOf([scanOf(dataset, [scanned(dataset, day(1), 'absent')])]).datasets[0]!.warnings;
    expect(warned(sales)).toEqual([]);
    expect(warned(sketch({ inputs: [RAW], sql: 'SELECT ts FROM raw WHERE d = $dt' }))[0]).toContain(
      'not checked against the key (dt)',
    );
    expect(warned(sketch({ inputs: [RAW] }))[0]).toContain('set partition.dt.column');
    expect(warned(sketch({ inputs: [RAW], time: { column: 'ts' } }))).toEqual([]);
  });

  it('says what readers can rely on', () => {
    const guarantee = (together: boolean) =>
      planOf([scanOf(sales, [])], {}, { options: { ...OPTIONS, together } }).datasets[0]!.guarantee;
    expect(guarantee(false)).toMatch(/one whole generation.*Each partition moves on its own\.$/);
    expect(guarantee(true)).toMatch(/move forward or none does/);
  });

  it('estimates from the pace and the sizes of the latest run', () => {
    const at = (n: number, second: number) => {
      const { state, ...rest } = managed(sales, day(n));
      const madeBy = {
        run: second < 100 ? 'old' : 'new',
        plan: 'p',
        at: new Date(NOW + second * 1000).toISOString(),
      };
      const inputs = [{ name: 'raw', objects: 1, bytes: 400, version: 'v', tracked: true }];
      return scanned(sales, day(n), 'fresh', {
        ...rest,
        state: { ...state, madeBy, record: { ...state.record!, inputs } },
      });
    };
    const keys = [
      at(1, 0),
      at(2, 1),
      at(3, 2),
      at(4, 200),
      at(5, 210),
      at(6, 220),
      scanned(sales, day(7), 'absent'),
    ];
    expect(planOf([scanOf(sales, keys)]).estimate).toEqual({
      partitions: 1,
      readBytes: 1000,
      writeBytes: 250,
      requests: 14,
      seconds: 10,
    });
  });
});

const orders = sketch({ name: 'orders', target: `${STORE}orders/dt={dt}/`, inputs: [RAW] });
const report = sketch({
  name: 'report',
  target: `${STORE}report/w={dt}/`,
  time: { grain: 'week', first: '2025-W02' },
  inputs: [{ name: 'o', url: `${STORE}orders/dt={dt}/`, grain: 'day', dataset: 'orders' }],
});
const upstreamsOf = (reader: Dataset, of: Dataset) =>
  new Map([
    [reader.inputs[0]!.name, new Upstream(reader, reader.inputs[0]!, of, expectedKeys(of, NOW), journalOf())],
  ]);
const waiting = (keys: string[], over = {}) =>
  input('o', {
    blockers: [{ code: 'upstream-missing', message: 'orders: no data yet' }],
    awaits: { dataset: 'orders', keys, need: 'all' },
    ...over,
  });

describe('tasks that read what other tasks make', () => {
  const plan = (orderKeys: ScannedKey[], reportKeys: ScannedKey[], selection = {}, over = {}): Plan =>
    planOf(
      [scanOf(report, reportKeys, { upstreams: upstreamsOf(report, orders) }), scanOf(orders, orderKeys)],
      selection,
      over,
    );
  const absent = (n: number) => scanned(orders, day(n), 'absent');

  it('come after them and wait for them', () => {
    const made = plan([absent(7), absent(6)], [scanned(report, 'w=2025-W02', 'absent')]);
    expect(made.datasets.map(({ dataset }) => dataset)).toEqual(['orders', 'report']);
    expect(made.datasets[1]!.tasks[0]!.inputs).toEqual([
      { name: 'o', tasks: [`orders/${day(6)}`, `orders/${day(7)}`] },
    ]);
  });

  it('are planned although blocked, if everything that is missing is made; else held', () => {
    const blocked = (keys: string[]) =>
      scanned(report, 'w=2025-W02', 'upstream-missing', { inputStates: [waiting(keys)] });
    const made = plan([absent(6)], [blocked([day(6)])]);
    expect(made.datasets[1]!.tasks).toMatchObject([
      { key: 'w=2025-W02', action: 'create', reasons: [{ code: 'absent' }] },
    ]);
    expect(heldOf(plan([absent(6)], [blocked([day(6), day(8)])]), 1)).toEqual({
      'w=2025-W02': 'upstream-missing',
    });
    expect(heldOf(plan([], [blocked([day(6)])]), 1)).toEqual({ 'w=2025-W02': 'upstream-missing' });
    const anyOf = scanned(report, 'w=2025-W02', 'upstream-missing', {
      inputStates: [waiting([], { awaits: { dataset: 'orders', keys: [day(6), day(8)], need: 'any' } })],
    });
    expect(keysOf(plan([absent(6)], [anyOf]), 1)).toEqual(['w=2025-W02']);
  });

  it('are added by --with-downstream where they read a task, and only there', () => {
    const fresh = (week: string) => scanned(report, week, 'fresh', managed(report, week));
    const keys = [fresh('w=2025-W02'), fresh('w=2025-W03')];
    expect(keysOf(plan([absent(6)], keys), 1)).toEqual([]);
    const selection = { datasets: ['orders'], from: '2025-01-06', to: '2025-01-06', withDownstream: true };
    const made = plan([absent(6), absent(14)], keys, selection);
    expect([keysOf(made), keysOf(made, 1)]).toEqual([[day(6)], ['w=2025-W02']]);
    expect(made.datasets[1]!.tasks[0]!.reasons).toMatchObject([{ code: 'upstream-planned' }]);
    const foreign = scanned(report, 'w=2025-W02', 'fresh');
    expect(heldOf(plan([absent(6)], [foreign], selection), 1)).toEqual({ 'w=2025-W02': 'unmanaged' });
    const untracked = { ...keys[0]!, inputStates: [input('o', { tracked: false })] };
    expect(keysOf(plan([absent(6)], [untracked], selection), 1)).toEqual([]);
  });

  it.each(['input-changed', 'absent', 'unreadable'] as const)(
    'keep what is due to them (%s) beside what --with-downstream adds, and need no task for it',
    (code) => {
      const due = scanned(report, 'w=2025-W02', code, managed(report, 'w=2025-W02'));
      const selection = { datasets: ['orders'], from: '2025-01-06', to: '2025-01-06', withDownstream: true };
      const reasons = (made: Plan) =>
        made.datasets[1]!.tasks.flatMap((task) => task.reasons.map((r) => r.code));
      expect(reasons(plan([absent(6)], [due], selection))).toEqual([code]);
      expect(reasons(plan([absent(6)], [due], { ...selection, only: ['stale'] }))).toEqual([code]);
      const made = scanned(orders, day(6), 'fresh', managed(orders, day(6)));
      expect(reasons(plan([made], [due], selection))).toEqual([code]);
      const elsewhere = { ...selection, from: '2025-01-14', to: '2025-01-14' };
      expect(reasons(plan([made, absent(14)], [due], elsewhere))).toEqual([]);
    },
  );

  it('never outlive what they wait for when --limit cuts', () => {
    const made = plan([absent(6), absent(7)], [scanned(report, 'w=2025-W02', 'absent')], {}, { limit: 1 });
    expect([keysOf(made), keysOf(made, 1)]).toEqual([[day(6)], []]);
    expect([heldOf(made), heldOf(made, 1)]).toEqual([
      { [day(7)]: 'over-limit' },
      { 'w=2025-W02': 'over-limit' },
    ]);
  });
});

describe('order of datasets', () => {
  const named = (name: string, reads: readonly string[]) =>
    sketch({
      name,
      inputs: reads.map((dataset) => ({ name: dataset, url: `${STORE}${dataset}/dt={dt}/`, dataset })),
    });

  it('puts dependencies before dependents, whatever the order given', () => {
    const graph = fc.integer({ min: 1, max: 8 }).chain((n) =>
      fc.tuple(
        fc.array(fc.boolean(), { minLength: n * n, maxLength: n * n }),
        fc.shuffledSubarray(
          Array.from({ length: n }, (_, i) => i),
          { minLength: n },
        ),
      ),
    );
    fc.assert(
      fc.property(graph, ([edges, order]) => {
        const n = order.length;
        const datasets = order.map((i) =>
          named(
            `d${i}`,
            Array.from({ length: i }, (_, j) => j).flatMap((j) => (edges[i * n + j] ? [`d${j}`] : [])),
          ),
        );
        const ordered = inDependencyOrder(datasets);
        expect(new Set(ordered)).toEqual(new Set(datasets));
        const position = new Map(ordered.map(({ name }, i) => [name, i]));
        for (const { name, inputs } of ordered)
          for (const { dataset } of inputs) expect(position.get(dataset!)).toBeLessThan(position.get(name)!);
      }),
    );
  });

  it('refuses a circle by name', () => {
    expect(() => inDependencyOrder([named('a', ['b']), named('b', ['c']), named('c', ['b'])])).toThrow(
      expect.objectContaining({
        code: 'DEFINITION_INVALID',
        message: expect.stringContaining('b -> c -> b'),
      }),
    );
  });

  it('finds everything downstream', () => {
    const all = [named('d', ['c']), named('c', ['b']), named('b', []), named('x', ['y']), named('y', [])];
    expect(withDownstream([all[2]!], all).map(({ name }) => name)).toEqual(['b', 'c', 'd']);
  });
});
