/** A run that is to be undone and published nothing: whether it staged, and who promoted that. Reads only. */
import { LakefillError } from '../core/errors.js';
import type { RunContext } from './context.js';
import { controlOf } from './open-dataset.js';
import { readStaged } from './staged-record.js';

/** What is thrown instead of a rollback, with the command that undoes what was meant. */
export async function neverPublished(context: RunContext, run: string): Promise<LakefillError> {
  const records = await Promise.all(
    context.project.datasets.map((dataset) =>
      readStaged(context.stores(dataset.layout.root.store), controlOf(context, dataset), run),
    ),
  );
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
  return unknown(
    `No selected partition was published by run ${run}. Nothing was changed.`,
    "'lakefill history' lists the runs, 'lakefill history RUN' the keys of one.",
  );
}

function unknown(message: string, hint: string): LakefillError {
  return new LakefillError('RUN_UNKNOWN', message, { hint });
}
