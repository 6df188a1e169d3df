/** `lakefill recover`: finishes or undoes what a dead process left. */
import type { Command } from 'commander';
import type { LakefillProject } from '../../index.js';
import { logEnd, showFirst, type WriteFlags, writeRequestOf } from '../execute.js';
import { COMMON, exitOfRecover } from '../exit-codes.js';
import { withHelp } from '../help.js';
import { withOutput, withWriting } from '../options.js';
import { renderRecover } from '../render/recover.js';
import { confirm, print, requireConsent, type Session, viewOf, withProject } from '../session.js';

export function defineRecover(command: Command, session: Session): void {
  command.description(
    'Finish or undo what a process that died left in the middle. Every command that writes does this first; ' +
      'keys that a live run works on are left alone. It also records the new versions of files in a lake that was copied.',
  );
  withWriting(withOutput(command)).action((datasets: string[], flags: WriteFlags) => {
    requireConsent(session, 'recover', flags);
    return withProject(session, flags, (project) => recover(session, project, datasets, flags));
  });
  withHelp(command, {
    examples: [
      { command: 'lakefill recover --dry-run', does: 'what is in the middle, and how it would end' },
      { command: 'lakefill recover --yes', does: 'tidy up after a crash' },
    ],
    exits: [...COMMON, 10, 130],
  });
}

async function recover(
  session: Session,
  project: LakefillProject,
  datasets: readonly string[],
  flags: WriteFlags,
): Promise<number> {
  const view = viewOf(session, flags);
  if (flags.yes !== true && flags.dryRun !== true) {
    const preview = await project.recover({ datasets, dryRun: true, signal: session.terminal.signal });
    if (preview.datasets.some((d) => d.keys.length + d.copied > 0)) {
      showFirst(session, flags, () => renderRecover(preview, view, true));
      await confirm(session, 'Do this?');
    }
  }
  session.terminal.startsWriting();
  const document = await project.recover({ datasets, ...writeRequestOf(session, flags), command: 'recover' });
  const dryRun = flags.dryRun === true;
  print(session, flags, document, () => renderRecover(document, view, dryRun, dryRun ? 'recover' : 'scan'));
  const exitCode = exitOfRecover(document);
  const keys = document.datasets.reduce((sum, dataset) => sum + dataset.keys.length, 0);
  logEnd(session, flags, 'recover', exitCode, `${keys} partitions were in the middle`);
  return exitCode;
}
