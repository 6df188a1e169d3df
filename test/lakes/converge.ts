/** What every lake must do: what a run has made, the next look finds done; and its files stand as readers find them. */
import { expect } from 'vitest';
import type { PlanRequest, RunDocument } from '../../src/index.js';
import type { TestLake } from '../e2e/lake.js';

/** Plans and applies; what came of each key, as `dataset/key`. */
export async function fill(lake: TestLake, request: PlanRequest = {}): Promise<Record<string, string>> {
  return outcomesOf(await lake.library(async (project) => project.apply(await project.plan(request))));
}

export function outcomesOf(run: RunDocument): Record<string, string> {
  return Object.fromEntries(
    run.datasets.flatMap(({ dataset, partitions }) =>
      partitions.map(({ key, outcome, error }) => [
        `${dataset}/${key}`,
        outcome === 'promoted' ? outcome : `${outcome} ${error?.code}`,
      ]),
    ),
  );
}

/** What a plan would make, as `dataset/key`, and what it holds, as `dataset/key code`. */
export async function planned(lake: TestLake, request: PlanRequest = {}) {
  const { datasets, refused } = await lake.library((project) => project.plan(request));
  return {
    tasks: datasets.flatMap(({ dataset, tasks }) => tasks.map(({ key }) => `${dataset}/${key}`)),
    held: datasets.flatMap(({ dataset, held }) => held.map(({ key, code }) => `${dataset}/${key} ${code}`)),
    refused,
  };
}

/** Nothing is left to do, and a run changes no file. */
export async function expectNothingToDo(lake: TestLake): Promise<void> {
  const before = filesOf(lake);
  expect(await planned(lake)).toMatchObject({ tasks: [], refused: null });
  expect(await fill(lake)).toEqual({});
  expect(filesOf(lake)).toEqual(before);
}

/** Every file with its content, times and inode; folders change their times when work folders come and go. */
function filesOf(lake: TestLake): Record<string, string> {
  return Object.fromEntries(Object.entries(lake.tree()).filter(([, mark]) => !mark.startsWith('folder')));
}
