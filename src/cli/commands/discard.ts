/** `lakefill discard RUN`: gives up what a run with `--stage-only` left. */
import type { Command } from 'commander';
import { decideOnRun, type WriteFlags } from '../execute.js';
import { RUNNING } from '../exit-codes.js';
import { withHelp } from '../help.js';
import { type RunKeyFlags, runKeysOf, withEvents, withOutput, withRunKeys, withWriting } from '../options.js';
import { requireConsent, type Session, withProject } from '../session.js';

type Flags = WriteFlags & RunKeyFlags;

export function defineDiscard(command: Command, session: Session): void {
  command.description(
    'Remove what a run with --stage-only left staged. What readers find does not change. Shows what it would do and asks.',
  );
  withEvents(withWriting(withOutput(withRunKeys(command)))).action((run: string, flags: Flags) => {
    requireConsent(session, 'discard', flags);
    return withProject(session, flags, (project) =>
      decideOnRun(session, flags, 'Remove them for good?', (request) =>
        project.discard(run, { ...request, ...runKeysOf(flags), command: 'discard' }),
      ),
    );
  });
  withHelp(command, {
    examples: [
      { command: 'lakefill discard RUN --yes', does: 'all that the run staged' },
      {
        command: 'lakefill discard RUN --partition dt=2025-01-03 --reason "wrong tax"',
        does: 'one partition',
      },
    ],
    exits: RUNNING,
  });
}
