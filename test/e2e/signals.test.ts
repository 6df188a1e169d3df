/** Ctrl-C and SIGTERM: nothing new is started, what is in flight is finished or undone, and the run says so. */
import { expect, test } from 'vitest';
import type { RunDocument } from '../../src/index.js';
import {
  descendants,
  days,
  isGone,
  key,
  outcomes,
  ROWS,
  SALES_SQL,
  salesYaml,
  TestLake,
  until,
} from './lake.js';
import { DAY_ROWS, interrupted, KEYS, Onlooker, publishedLake } from './moments.js';
import { slow } from './slow.js';

test('at many moments of a run', { timeout: 600_000 }, async () => {
  const lake = await publishedLake();
  const onlooker = new Onlooker(lake);
  let version = 1;
  let cut = 0;
  for (const at of [1, 8, 18, 32, 45, 60, 75]) {
    const versions = [version, ++version] as const;
    await lake.deliver(days(KEYS), version, DAY_ROWS);
    const signal = at % 4 === 0 ? 'SIGTERM' : 'SIGINT';
    const run = await interrupted(lake, onlooker, ['run', '--yes', '--json'], { at, signal }, versions);
    expect(run.signal, run.stderr).toBe(null);
    if (run.sent && run.status !== 0) {
      cut++;
      expect(run.status, run.stderr).toBe(signal === 'SIGTERM' ? 143 : 130);
      expect(run.stderr).toContain('stopping');
    }

    // Nothing is half done, and `recover` finds nothing to do.
    const settled = await onlooker.settled();
    const recovered = await lake.library((project) => project.recover());
    expect(recovered.datasets.flatMap(({ keys }) => keys)).toEqual([]);
    for (const folder of ['leases', 'prepared', 'scratch'])
      expect(lake.files(`clean/_lakefill/sales/${folder}`), `${folder} after ${at}`).toEqual([]);

    const [document] = runs(lake);
    if (run.stdout !== '') {
      expect(document).toEqual(run.json());
      for (const { key: k, outcome } of document!.datasets[0]!.partitions) {
        expect(['promoted', 'cancelled']).toContain(outcome);
        expect(settled[days(KEYS).findIndex((n) => key(n) === k)]).toBe(
          outcome === 'promoted' ? version : version - 1,
        );
      }
      if (document!.exitCode !== 0) {
        const retry = await lake.ok(0, 'retry', document!.id, '--yes', '--json');
        const open = Object.entries(outcomes(document!)).filter(([, outcome]) => outcome === 'cancelled');
        expect(Object.keys(outcomes(retry.json()))).toEqual(open.map(([k]) => k));
      }
    }
    if (settled.includes(version - 1) && run.stdout === '') await lake.fill();
    expect(await onlooker.settled()).toEqual(Array(KEYS).fill(version));
  }
  expect(cut).toBeGreaterThan(3);
});

test('during a long transform it ends at once, and its engine with it', async () => {
  const lake = await TestLake.sales(2);
  await lake.fill();
  lake.define('sales', salesYaml(2), slow(SALES_SQL).replace('250000000', '60000000000'));
  const before = lake.tree('clean/sales');
  const run = lake.start(['run', '--yes', '--events', '--only', 'all']);
  await until('the transform runs', () => run.text().includes('"step":"transform"') || run.ended());
  const children = descendants(run.pid);
  expect(children.length).toBeGreaterThan(0);
  run.kill('SIGINT');
  const done = await run.done;
  expect(done.status, done.stderr).toBe(130);
  await until('its engines are gone', () => children.every(isGone));
  const last = JSON.parse(done.stdout.trim().split('\n').at(-1)!) as { document: RunDocument };
  expect(new Set(Object.values(outcomes(last.document)))).toEqual(new Set(['cancelled']));
  expect(runs(lake)[0]).toEqual(last.document);
  expect(last.document.exitCode).toBe(130);
  expect(lake.tree('clean/sales')).toEqual(before);
});

test('a second signal stops it where it is; recover tidies up', async () => {
  const lake = await TestLake.sales(2, { sql: slow(SALES_SQL).replace('250000000', '60000000000') });
  const run = lake.start(['run', '--yes', '--events']);
  await until('the transform runs', () => run.text().includes('"step":"transform"') || run.ended());
  const children = descendants(run.pid);
  // Two of a kind might be delivered as one, and these two in any order.
  run.kill('SIGINT');
  run.kill('SIGTERM');
  const done = await run.done;
  expect([130, 143]).toContain(done.status);
  expect(done.stderr).toContain('`lakefill recover` will tidy up');
  await until('its engines are gone', () => children.every(isGone));
  await lake.ok(0, 'recover', '--yes');
  expect(lake.files('clean/_lakefill/sales/leases')).toEqual([]);
  lake.define('sales', salesYaml(2), SALES_SQL);
  expect(Object.values(outcomes(await lake.run(0)))).toEqual(['promoted', 'promoted']);
  expect(await lake.versions(key(1))).toEqual({ 1: ROWS });
});

test('while it only looks, a signal ends it and nothing is written', async () => {
  const lake = await TestLake.sales(1);
  const before = lake.tree();
  const plan = lake.start(['plan']);
  plan.kill('SIGTERM');
  const done = await plan.done;
  expect([143, null, 0]).toContain(done.status);
  expect(lake.tree()).toEqual(before);
});

/** Stored run documents, newest first. */
function runs(lake: TestLake): RunDocument[] {
  return lake
    .files('clean/_lakefill/sales/runs')
    .reverse()
    .map(
      (file) =>
        (JSON.parse(lake.read(`clean/_lakefill/sales/runs/${file}`).toString()) as { document: RunDocument })
          .document,
    );
}
