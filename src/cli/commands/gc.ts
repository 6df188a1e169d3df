/** `lakefill gc`: removes what no generation needs and what is past its expiry. */
import type { Command } from 'commander';
import type { LakefillProject } from '../../index.js';
import { logEnd, showFirst, type WriteFlags, writeRequestOf } from '../execute.js';
import { COMMON } from '../exit-codes.js';
import { withHelp } from '../help.js';
import { withOutput, withWriting } from '../options.js';
import { renderGc } from '../render/gc.js';
import { collect } from '../values.js';
import { confirm, print, requireConsent, type Session, viewOf, withProject } from '../session.js';

type Flags = WriteFlags & { readonly purge?: readonly string[] };

export function defineGc(command: Command, session: Session): void {
  command.description(
    'Remove staging, prepared uploads and retained generations that are past their expiry. ' +
      'Nothing that lakefill did not write.',
  );
  command.option(
    '--purge <key>',
    'only this: what is kept of earlier generations of these keys (as --partition takes them) goes now, whatever its age; repeatable',
    collect,
  );
  withWriting(withOutput(command)).action((datasets: string[], flags: Flags) => {
    requireConsent(session, 'gc', flags);
    return withProject(session, flags, (project) => gc(session, project, datasets, flags));
  });
  withHelp(command, {
    examples: [
      { command: 'lakefill gc --dry-run', does: 'list what would go, and why' },
      { command: 'lakefill gc sales --yes', does: 'one dataset, without asking' },
      {
        command: "lakefill gc sales --purge 'dt=2025-01-*' --yes",
        does: 'rows were erased by law: also the copies that a rollback would need',
      },
    ],
    exits: [...COMMON, 130],
  });
}

async function gc(
  session: Session,
  project: LakefillProject,
  datasets: readonly string[],
  flags: Flags,
): Promise<number> {
  const view = viewOf(session, flags);
  const what = { datasets, ...(flags.purge === undefined ? {} : { purge: flags.purge }) };
  if (flags.yes !== true && flags.dryRun !== true) {
    const preview = await project.gc({ ...what, dryRun: true, signal: session.terminal.signal });
    if (preview.objects > 0) {
      showFirst(session, flags, () => renderGc(preview, view, true));
      await confirm(session, 'Remove them for good?');
    }
  }
  session.terminal.startsWriting();
  const document = await project.gc({ ...what, ...writeRequestOf(session, flags), command: 'gc' });
  print(session, flags, document, () => renderGc(document, view));
  logEnd(session, flags, 'gc', 0, `${document.objects} objects, ${document.bytes} bytes`);
  return 0;
}
