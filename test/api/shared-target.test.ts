/** Two definitions with one target: told by the names in the journal; a dataset that was renamed is not taken for that. */
import { renameSync } from 'node:fs';
import { expect, test } from 'vitest';
import { SALES_SQL, TestLake } from '../e2e/lake.js';
import { expectValid } from '../cli/support/schemas.js';

const OTHER_SQL = SALES_SQL.replace('version', 'version + 1 AS version');

function rename(lake: TestLake, from: string, to: string): void {
  for (const end of ['yaml', 'sql'])
    renameSync(lake.path(`partitions/${from}.${end}`), lake.path(`partitions/${to}.${end}`));
}

async function notes(lake: TestLake) {
  const scan = await lake.scan();
  expectValid('scan', scan);
  return scan.datasets[0]!.notes;
}

test('what another dataset of another definition made is told once, until it is made anew; nothing is refused', async () => {
  const lake = await TestLake.sales(3);
  const first = await lake.fill();
  expect(await notes(lake)).toEqual([]);
  rename(lake, 'sales', 'other');
  expect(await notes(lake)).toEqual([]);
  expect((await lake.scan()).datasets[0]!.counts).toEqual({ fresh: 3 });

  lake.write('partitions/other.sql', OTHER_SQL);
  const message = `3 partitions last written by dataset sales (run ${first.id}), of another name and definition: if two projects share this target, one of them is wrong`;
  expect(await notes(lake)).toEqual([{ code: 'other-dataset', message }]);
  const plan = await lake.library((project) => project.plan({ only: ['all'] }));
  expect(plan.datasets[0]!.warnings.filter((warning) => warning === message)).toHaveLength(1);
  const { stdout } = await lake.ok(0, 'scan');
  expect(stdout.split(message)).toHaveLength(2);

  const second = await lake.library(async (project) => project.apply(plan));
  expect(second.counts).toEqual({ promoted: 3 });
  expect(await notes(lake)).toEqual([]);

  rename(lake, 'other', 'sales');
  lake.write('partitions/sales.sql', SALES_SQL);
  expect((await notes(lake))[0]!.message).toContain(
    `3 partitions last written by dataset other (run ${second.id})`,
  );
});

test('entries of before name no dataset, and nothing is said of them', async () => {
  const lake = await TestLake.sales(1);
  await lake.fill();
  for (const name of lake.files('clean/_lakefill/sales/journal')) {
    const file = `clean/_lakefill/sales/journal/${name}`;
    const { dataset, sha256, ...entry } = JSON.parse(lake.read(file).toString()) as Record<string, unknown>;
    expect([dataset, typeof sha256]).toEqual(['sales', 'string']);
    lake.write(file, JSON.stringify(entry));
  }
  rename(lake, 'sales', 'other');
  lake.write('partitions/other.sql', OTHER_SQL);
  expect((await lake.scan()).datasets[0]).toMatchObject({ counts: { stale: 1 }, notes: [] });
});
