/** `lakefill gc`: removes what no generation needs and what is past its expiry. */
import type { Command } from 'commander';
import type { LakefillProject } from '../../index.js';
import { logEnd, showFirst, type WriteFlags, writeRequestOf } from '../execute.js';
import { COMMON } from '../exit-codes.js';
import { withHelp } from '../help.js';
import { withOutput, withWriting } from '../options.js';
import { renderGc } from '../render/gc.js';
import { confirm, print, requireConsent, type Session, viewOf, withProject } from '../session.js';

export function defineGc(command: Command, session: Session): void {
  command.description(
    'Remove staging, prepared uploads and retained generations that are past their expiry. ' +
      'Nothing that lakefill did not write.',
  );
  withWriting(withOutput(command)).action((datasets: string[], flags: WriteFlags) => {
    requireConsent(session, 'gc', flags);
    return withProject(session, flags, (project) => gc(session, project, datasets, flags));
  });
  withHelp(command, {
    examples: [
      { command: 'lakefill gc --dry-run', does: 'list what would go, and why' },
      { command: 'lakefill gc sales --yes', does: 'one dataset, without asking' },
    ],
    exits: [...COMMON, 130],
  });
}

async function gc(
  session: Session,
  project: LakefillProject,
  datasets: readonly string[],
  flags: WriteFlags,
): Promise<number> {
  const view = viewOf(session, flags);
  if (flags.yes !== true && flags.dryRun !== true) {
    const preview = await project.gc({ datasets, dryRun: true, signal: session.terminal.signal });
    if (preview.objects > 0) {
      showFirst(session, flags, () => renderGc(preview, view, true));
      await confirm(session, 'Remove them for good?');
    }
  }
  session.terminal.startsWriting();
  const document = await project.gc({ datasets, ...writeRequestOf(session, flags), command: 'gc' });
  print(session, flags, document, () => renderGc(document, view));
  logEnd(session, flags, 'gc', 0, `${document.objects} objects, ${document.bytes} bytes`);
  return 0;
}
