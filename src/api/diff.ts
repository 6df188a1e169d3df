/** `diff`: words of a person into keys and the two contents of each; comparing them is the run's own work. */
import { LakefillError } from '../core/errors.js';
import { chooseDatasets } from '../plan/select.js';
import { keysMadeBy } from '../publish/rollback.js';
import type { RunContext } from '../run/context.js';
import { diffTasks, readingContext } from '../run/diff.js';
import type { DiffTask } from '../run/diff.js';
import type { DiffDocument } from '../run/diff-document.js';
import { currentSides, publishedSides, stagedSides } from '../run/diff-sides.js';
import { runDocument } from './history.js';
import { keyMatcher } from './key-matcher.js';
import { chooseStaged, stagedBy } from './staged.js';
import type { DiffRequest } from './types.js';

/**
 * With a run: what it staged against what readers find, or what it published against what stood there before. Without: what
 * readers find against the generation before. Throws USAGE, RUN_UNKNOWN, DATASET_UNKNOWN, SELECTION_INVALID.
 */
export async function diffProject(context: RunContext, request: DiffRequest): Promise<DiffDocument> {
  const { run = null } = request;
  if (run === null) return diffTasks(context, run, await currentTasks(context, request));
  const waiting = (await stagedBy(context, run)).some(({ records }) =>
    records.some(({ decided }) => decided === null),
  );
  const tasks = waiting
    ? await stagedTasks(context, run, request)
    : await publishedTasks(context, run, request);
  return diffTasks(context, run, tasks);
}

async function stagedTasks(context: RunContext, run: string, request: DiffRequest): Promise<DiffTask[]> {
  const tasks: DiffTask[] = [];
  for (const { dataset, records } of await chooseStaged(context, run, request, context.clock.now())) {
    const reading = await readingContext(context, dataset);
    const keys = records.map((record) => ({
      key: record.key,
      sides: () => {
        const { decided } = record;
        if (decided?.what === 'promoted') return publishedSides(reading, record.key, decided.run);
        return stagedSides(reading, record);
      },
    }));
    tasks.push({ dataset, publish: reading.publish, keys });
  }
  return tasks;
}

/** Also of a run whose staged output was promoted: then what the promotion published. */
async function publishedTasks(context: RunContext, run: string, request: DiffRequest): Promise<DiffTask[]> {
  const promoted = new Map(
    (await stagedBy(context, run)).flatMap(({ dataset, records }) =>
      records.flatMap(({ key, decided }) =>
        decided?.what === 'promoted' ? [[`${dataset.name}/${key}`, decided.run] as const] : [],
      ),
    ),
  );
  const tasks: DiffTask[] = [];
  for (const dataset of context.project.datasets) {
    const reading = await readingContext(context, dataset);
    const { wanted } = keyMatcher(dataset, request, context.clock.now());
    const runs = new Set([run, ...promoted.values()]);
    const keys = [...runs]
      .flatMap((by) => keysMadeBy(reading.publish, by).map(({ key }) => ({ key, by })))
      .filter(({ key, by }) => wanted(key) && (by === run || promoted.get(`${dataset.name}/${key}`) === by))
      .map(({ key, by }) => ({ key, sides: () => publishedSides(reading, key, by) }));
    if (keys.length > 0) tasks.push({ dataset, publish: reading.publish, keys });
  }
  if (tasks.length > 0) return tasks;
  await runDocument(context, run); // RUN_UNKNOWN with the nearest id
  throw new LakefillError(
    'SELECTION_INVALID',
    `Run ${run} staged or published no selected partition that is kept.`,
    {
      hint: `'lakefill history ${run}' shows what became of its partitions.`,
      context: { run },
    },
  );
}

async function currentTasks(context: RunContext, request: DiffRequest): Promise<DiffTask[]> {
  if (!request.partitions?.length)
    throw new LakefillError('USAGE', 'What is to be compared? Neither a run nor a partition was given.', {
      hint: 'Give the id of a run, or --partition KEY.',
    });
  const tasks: DiffTask[] = [];
  for (const dataset of chooseDatasets(context.project.datasets, { datasets: request.datasets ?? [] })) {
    const reading = await readingContext(context, dataset);
    const { wanted } = keyMatcher(dataset, request, context.clock.now());
    const keys = [...reading.publish.journal.state.keys.keys()]
      .filter(wanted)
      .sort()
      .map((key) => ({ key, sides: () => currentSides(reading, key) }));
    if (keys.length > 0) tasks.push({ dataset, publish: reading.publish, keys });
  }
  if (tasks.length > 0) return tasks;
  const words = request.partitions.join(', ');
  throw new LakefillError(
    'SELECTION_INVALID',
    `--partition ${words} matches no partition that lakefill has published.`,
    {
      hint: "'lakefill scan' lists the partitions.",
    },
  );
}
