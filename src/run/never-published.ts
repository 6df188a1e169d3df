/** A run that is to be undone and published nothing: unknown, an adoption, or one that staged, and who promoted that. Reads only. */
import { LakefillError } from '../core/errors.js';
import { nearest } from '../core/nearest.js';
import type { RunContext } from './context.js';
import { controlOf } from './open-dataset.js';
import type { RunDocument } from './run-document.js';
import { listRuns, loadRun } from './run-store.js';
import { readStaged } from './staged-record.js';

/** What is thrown instead of a rollback, with the command that undoes what was meant. `inJournal`: it published keys that were not selected. */
export async function neverPublished(
  context: RunContext,
  run: string,
  inJournal: boolean,
): Promise<LakefillError> {
  const places = context.project.datasets.map((dataset) => ({
    store: context.stores(dataset.layout.root.store),
    control: controlOf(context, dataset),
  }));
  const records = await Promise.all(places.map(({ store, control }) => readStaged(store, control, run)));
  const decisions = records.flat().map(({ decided }) => decided);
  const promoted = decisions.flatMap((decided) => (decided?.what === 'promoted' ? [decided.run] : []));
  const runs = [...new Set(promoted)].sort();
  if (runs.length > 0)
    return unknown(
      `Run ${run} only staged its output; ${runs.join(', ')} promoted it. Nothing was changed.`,
      `Undo what was promoted: ${runs.map((id) => `lakefill rollback ${id}`).join('; ')}.`,
    );
  if (decisions.length > 0)
    return unknown(
      `Run ${run} only staged its output, and nothing of it was promoted: there is nothing to undo.`,
      `'lakefill discard ${run}' removes what it staged.`,
    );
  const ids = (await Promise.all(places.map(({ store, control }) => listRuns(store, control)))).flat();
  if (!inJournal && !ids.includes(run)) return noSuchRun(run, ids);
  const stored = await Promise.all(places.map(({ store, control }) => loadRun(store, control, run)));
  const document = stored.find((one) => one !== null)?.document;
  if (document?.command === 'adopt') return adoption(document);
  return unknown(
    `No selected partition was published by run ${run}. Nothing was changed.`,
    ids.includes(run)
      ? `'lakefill history ${run}' lists its partitions.`
      : "'lakefill history' lists the runs, 'lakefill history RUN' the keys of one.",
  );
}

function noSuchRun(run: string, ids: readonly string[]): LakefillError {
  const meant = nearest(run, ids);
  return unknown(
    `There is no run ${run}. Nothing was changed.`,
    meant === null
      ? "'lakefill history' lists the runs."
      : `Did you mean ${meant}? 'lakefill history' lists the runs.`,
  );
}

function adoption({ id, datasets }: RunDocument): LakefillError {
  const dataset = datasets[0]!;
  const key = dataset.partitions[0]?.key;
  const anew =
    key === undefined
      ? ''
      : `; \`lakefill run ${dataset.dataset} --partition '${key}' --only all\` makes one of them anew`;
  return unknown(
    `Run ${id} was an adoption: it took over what stood there and published nothing, so there is nothing to roll back. Nothing was changed.`,
    `'lakefill history ${id}' lists its partitions${anew}.`,
  );
}

function unknown(message: string, hint: string): LakefillError {
  return new LakefillError('RUN_UNKNOWN', message, { hint });
}
