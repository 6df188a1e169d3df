/** `lakefill promote RUN`: publishes what that run staged. */
import type { Command } from 'commander';
import type { LakefillProject } from '../../index.js';
import { execute, showFirst, type WriteFlags } from '../execute.js';
import { RUNNING } from '../exit-codes.js';
import { withHelp } from '../help.js';
import {
  type RunKeysFlags,
  runKeysOf,
  withEvents,
  withOutput,
  withRunKeys,
  withWriting,
} from '../options.js';
import { renderRun } from '../render/run.js';
import { confirm, requireConsent, type Session, viewOf, withProject } from '../session.js';
import { words } from '../values.js';

interface Flags extends WriteFlags, RunKeysFlags {
  readonly reason?: string;
  readonly together?: boolean;
}

export function definePromote(command: Command, session: Session): void {
  command
    .description(
      'Publish what a run with --stage-only left: every partition whose checks passed and where readers still find what it was staged ' +
        'against. What was refused, moved or expired stays as it is and is told. Shows what it would do and asks.',
    )
    .option('--reason <text>', 'why, for the run document', words);
  command.option('--together', 'promote all of them or none');
  withEvents(withWriting(withOutput(withRunKeys(command)))).action((run: string, flags: Flags) => {
    requireConsent(session, 'promote', flags);
    return withProject(session, flags, (project) => promote(session, project, run, flags));
  });
  withHelp(command, {
    examples: [
      {
        command: 'lakefill run --stage-only --yes',
        does: 'stage and check; prints the run and until when it is kept',
      },
      { command: 'lakefill promote RUN --dry-run', does: 'what can be published' },
      {
        command: 'lakefill promote RUN --partition dt=2025-01-* --together --yes',
        does: 'January, all or none',
      },
    ],
    exits: RUNNING,
  });
}

async function promote(
  session: Session,
  project: LakefillProject,
  run: string,
  flags: Flags,
): Promise<number> {
  const request = {
    ...runKeysOf(flags),
    ...(flags.reason === undefined ? {} : { reason: flags.reason }),
    ...(flags.together === true ? { together: true } : {}),
  };
  if (flags.yes !== true && flags.dryRun !== true) {
    const { signal } = session.terminal;
    const preview = await project.promote(run, { ...request, dryRun: true, signal });
    showFirst(session, flags, () => renderRun(preview, viewOf(session, flags)));
    await confirm(session, 'Publish them?');
  }
  return execute(session, flags, { withDataset: false, keys: [] }, (write) =>
    project.promote(run, { ...request, ...write }),
  );
}
