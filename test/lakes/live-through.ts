/** The life of a lake, the same for every definition: first scan, first run, uploads, a rollback, an empty delivery. */
import { expect, test } from 'vitest';
import { TestLake } from '../e2e/lake.js';
import { expectNothingToDo, fill, outcomesOf } from './converge.js';
import type { Fixture } from './collection/fixture.js';

export function liveThrough(fixtures: readonly Fixture[]): void {
  test.each(fixtures.map((fixture) => ({ name: fixture.name, fixture })))('$name', async ({ fixture }) => {
    const lake = TestLake.empty();
    for (const [file, text] of Object.entries(fixture.files)) lake.write(file, text);
    await fixture.deliver(lake);
    expect(await statuses(lake)).toEqual(fixture.first);

    const run = await lake.library(async (project) => project.apply(await project.plan()));
    const made = outcomesOf(run);
    expect(new Set(Object.values(made))).toEqual(new Set(['promoted']));
    await expectRows(lake, fixture);
    await expectNothingToDo(lake);

    for (const file of fixture.uploadedAgain) lake.write(file, lake.read(file));
    const again = await fill(lake, { withDownstream: true });
    expect(Object.keys(again).length).toBeGreaterThan(0);
    expect(Object.values(again).filter((outcome) => !outcome.startsWith('unchanged'))).toEqual([]);
    await expectRows(lake, fixture);
    await expectNothingToDo(lake);

    await lake.library((project) => project.rollback(run.id));
    for (const folder of Object.keys(fixture.rows)) expect(lake.dataFiles(folder)).toEqual([]);
    // What was undone is not done again unasked.
    await expectNothingToDo(lake);
    expect(
      outcomesOf(await lake.library(async (p) => p.apply(await p.plan({ only: ['missing', 'failed'] })))),
    ).toEqual(made);
    await expectRows(lake, fixture);
    await expectNothingToDo(lake);

    for (const file of fixture.ignored ?? []) lake.write(file, lake.read(file));
    await expectNothingToDo(lake);

    if (fixture.emptied === undefined) return;
    await fixture.emptied.deliver(lake);
    expect(await fill(lake)).toEqual(
      Object.fromEntries(fixture.emptied.keys.map((key) => [key, 'promoted'])),
    );
    const empty = Object.fromEntries(fixture.emptied.keys.map((key) => [key, 'fresh empty']));
    expect(await statuses(lake)).toMatchObject(empty);
    await expectNothingToDo(lake);
  });
}

async function statuses(lake: TestLake): Promise<Record<string, string>> {
  const { datasets } = await lake.scan();
  return Object.fromEntries(
    datasets.flatMap(({ dataset, partitions }) =>
      partitions.map(({ key, status, reasons }) => [
        `${dataset}/${key}`,
        [status, ...reasons.map(({ code }) => code)].join(' '),
      ]),
    ),
  );
}

async function expectRows(lake: TestLake, { rows, answer: [sql, row] }: Fixture): Promise<void> {
  for (const [folder, count] of Object.entries(rows))
    expect(await lake.rowsOf(folder, 'SELECT count(*)::INTEGER AS n FROM data'), folder).toEqual([
      { n: count },
    ]);
  expect(await lake.rowsOf(Object.keys(rows)[0]!, sql)).toEqual([row]);
}
