/** `lakefill adopt`: takes over partitions that something else wrote; `--rebuild` makes a new journal after the old one was lost. */
import type { Command } from 'commander';
import type { AdoptRequest, LakefillProject } from '../../index.js';
import { logEnd, showFirst, type WriteFlags, writeRequestOf } from '../execute.js';
import { COMMON, exitOfAdopt } from '../exit-codes.js';
import { withHelp } from '../help.js';
import { type SelectionFlags, selectionOf, withKeySelection, withOutput, withWriting } from '../options.js';
import { renderAdopt } from '../render/adopt.js';
import { confirm, print, requireConsent, type Session, viewOf, withProject } from '../session.js';
import { words } from '../values.js';
import { wordsOf } from '../words.js';

interface Flags extends Omit<SelectionFlags, 'only' | 'withDownstream' | 'shard'>, WriteFlags {
  readonly reason?: string;
  readonly rebuild?: boolean;
}

export function defineAdopt(command: Command, session: Session): void {
  command.description(
    'Take over partitions that something else wrote, as they stand: record in the journal what scan calls fresh and unmanaged, ' +
      "with today's input versions and definition. No data is read or written. Partitions that are stale or were modified outside only " +
      'when --partition names them; nothing that is pending, unreadable, unexpected or unknown.',
  );
  withWriting(withOutput(withKeySelection(command)))
    .option('--rebuild', "after the journal was lost: make a new one of lakefill's own files")
    .option('--reason <text>', 'why, for the journal', words)
    .action((datasets: string[], flags: Flags) => {
      requireConsent(session, 'adopt', flags);
      return withProject(session, flags, (project) => adopt(session, project, datasets, flags));
    });
  withHelp(command, {
    examples: [
      {
        command: 'lakefill adopt sales --dry-run',
        does: 'what would be taken over, what would be left, and why',
      },
      {
        command: 'lakefill adopt sales --yes --reason "made by Spark"',
        does: 'a whole dataset, without asking',
      },
      {
        command: 'lakefill adopt sales --partition dt=2025-01-03',
        does: 'one partition as it stands, although its input is newer or its files were replaced',
      },
      { command: 'lakefill adopt sales --rebuild', does: 'a new journal, when the control prefix is gone' },
    ],
    exits: [...COMMON, 3, 10, 130],
  });
}

async function adopt(
  session: Session,
  project: LakefillProject,
  datasets: readonly string[],
  flags: Flags,
): Promise<number> {
  const { reason, ...keys } = flags;
  const view = viewOf(session, flags, wordsOf(datasets, flags.dryRun === true ? flags : keys));
  const request: AdoptRequest = {
    ...selectionOf(datasets, flags),
    ...(flags.rebuild === true ? { rebuild: true } : {}),
    ...(reason === undefined ? {} : { reason }),
  };
  if (flags.yes !== true && flags.dryRun !== true) {
    const preview = await project.adopt({ ...request, dryRun: true, signal: session.terminal.signal });
    if (preview.datasets.some((d) => d.partitions.some(({ result }) => result === 'adopted'))) {
      showFirst(session, flags, () => renderAdopt(preview, view, true));
      await confirm(session, flags.rebuild === true ? 'Make this journal?' : 'Take them over?');
    }
  }
  session.terminal.startsWriting();
  const document = await project.adopt({
    ...request,
    ...writeRequestOf(session, flags),
    command: 'adopt',
  });
  print(session, flags, document, () => renderAdopt(document, view));
  const exitCode = exitOfAdopt(document);
  const results = document.datasets.flatMap(({ partitions }) => partitions.map(({ result }) => result));
  const adopted = results.filter((result) => result === 'adopted').length;
  logEnd(session, flags, 'adopt', exitCode, `${adopted} of ${results.length} partitions adopted`);
  return exitCode;
}
