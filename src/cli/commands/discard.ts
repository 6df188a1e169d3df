/** `lakefill discard RUN`: gives up what that run staged. */
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
}

export function defineDiscard(command: Command, session: Session): void {
  command
    .description(
      'Remove what a run left staged, also output that its checks refused. Readers find what they found before. ' +
        'Discarded partitions end as skipped, with the code discarded. Shows what it would do and asks.',
    )
    .option('--reason <text>', 'why, for the run document', words);
  withEvents(withWriting(withOutput(withRunKeys(command)))).action((run: string, flags: Flags) => {
    requireConsent(session, 'discard', flags);
    return withProject(session, flags, (project) => discard(session, project, run, flags));
  });
  withHelp(command, {
    examples: [
      { command: 'lakefill discard RUN', does: 'all that the run left' },
      {
        command: 'lakefill discard RUN --partition dt=2025-01-03 --yes',
        does: 'one partition, without asking',
      },
    ],
    exits: RUNNING,
  });
}

async function discard(
  session: Session,
  project: LakefillProject,
  run: string,
  flags: Flags,
): Promise<number> {
  const request = {
    ...runKeysOf(flags),
    ...(flags.reason === undefined ? {} : { reason: flags.reason }),
  };
  if (flags.yes !== true && flags.dryRun !== true) {
    const { signal } = session.terminal;
    const preview = await project.discard(run, { ...request, dryRun: true, signal });
    showFirst(session, flags, () => renderRun(preview, viewOf(session, flags)));
    await confirm(session, 'Remove them for good?');
  }
  return execute(session, flags, { withDataset: false, keys: [] }, (write) =>
    project.discard(run, { ...request, ...write }),
  );
}
