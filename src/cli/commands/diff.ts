/** `lakefill diff`: staged against current, or what was published against what stood there before. */
import type { Command } from 'commander';
import type { LakefillProject } from '../../index.js';
import { COMMON, exitOfDiff } from '../exit-codes.js';
import { withHelp } from '../help.js';
import { type OutputFlags, type RunKeyFlags, runKeysOf, withKeys, withOutput } from '../options.js';
import { renderDiff } from '../render/diff.js';
import { print, type Session, viewOf, withProject } from '../session.js';

type Flags = OutputFlags & Pick<RunKeyFlags, 'partition' | 'from' | 'to'>;

export function defineDiff(command: Command, session: Session): void {
  command.description(
    'Compare contents of partitions: schema, row counts, rows on one side only (by the columns of the unique check, else whole rows), ' +
      'how far columns match, sums, samples. Of a run that staged: its output against what readers find now. Of a run that published: ' +
      'its output against what stood there before. Without a run, with --partition: what readers find against the generation before.',
  );
  withOutput(withKeys(command)).action((names: string[], flags: Flags) =>
    withProject(session, flags, async (project) => {
      const { signal } = session.terminal;
      const document = await project.diff({ ...wanted(project, names), ...runKeysOf(flags), signal });
      print(session, flags, document, () => renderDiff(document, viewOf(session, flags)));
      return exitOfDiff(document);
    }),
  );
  withHelp(command, {
    examples: [
      { command: 'lakefill diff RUN', does: 'what a run made with --stage-only would change' },
      { command: 'lakefill diff RUN --partition dt=2025-01-03 --json', does: 'one partition, as JSON' },
      { command: 'lakefill diff sales --partition dt=2025-01-03', does: 'what its last publication changed' },
    ],
    exits: [...COMMON, 130],
  });
}

/** A single word that is no dataset is a run. */
function wanted(project: LakefillProject, names: readonly string[]) {
  const known = new Set(project.datasets.map(({ name }) => name));
  const [first] = names;
  const isRun = names.length === 1 && first !== undefined && !known.has(first);
  return isRun ? { run: first } : { datasets: names };
}
