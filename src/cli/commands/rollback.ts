/** `lakefill rollback RUN`: publishes the generation before that run. */
import type { Command } from 'commander';
import type { LakefillProject, RollbackRequest } from '../../index.js';
import { execute, showFirst, type WriteFlags } from '../execute.js';
import { RUNNING } from '../exit-codes.js';
import { withHelp } from '../help.js';
import { withEvents, withOutput, withWriting } from '../options.js';
import { renderRun } from '../render/run.js';
import { confirm, requireConsent, type Session, viewOf, withProject } from '../session.js';
import { collect, words } from '../values.js';

interface Flags extends WriteFlags {
  readonly partition?: readonly string[];
  readonly reason?: string;
}

export function defineRollback(command: Command, session: Session): void {
  command
    .description(
      'Publish again what was there before a run, as a new generation. A partition that the run created becomes absent. ' +
        'Shows what it would do and asks.',
    )
    .option('--partition <key>', 'only these keys of the run; repeatable', collect)
    .option('--reason <text>', 'why, for the journal', words);
  withEvents(withWriting(withOutput(command))).action((run: string, flags: Flags) => {
    requireConsent(session, 'rollback', flags);
    return withProject(session, flags, (project) => rollback(session, project, run, flags));
  });
  withHelp(command, {
    examples: [
      { command: 'lakefill rollback RUN --dry-run', does: 'which partitions can be restored' },
      {
        command: 'lakefill rollback RUN --partition dt=2025-01-03 --reason "wrong tax"',
        does: 'one partition',
      },
      { command: 'lakefill rollback RUN --yes', does: 'the whole run, without asking' },
    ],
    exits: RUNNING,
  });
}

async function rollback(
  session: Session,
  project: LakefillProject,
  run: string,
  flags: Flags,
): Promise<number> {
  const request: RollbackRequest = {
    command: 'rollback',
    ...(flags.partition === undefined ? {} : { partitions: flags.partition }),
    ...(flags.reason === undefined ? {} : { reason: flags.reason }),
  };
  if (flags.yes !== true && flags.dryRun !== true) {
    const preview = await project.rollback(run, {
      ...request,
      dryRun: true,
      signal: session.terminal.signal,
    });
    showFirst(session, flags, () => renderRun(preview, viewOf(session, flags)));
    await confirm(session, 'Restore what was there before?');
  }
  return execute(session, flags, { withDataset: false, keys: [] }, (write) =>
    project.rollback(run, { ...request, ...write }),
  );
}
