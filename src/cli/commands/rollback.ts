/** `lakefill rollback RUN`: publishes the generation before that run. */
import type { Command } from 'commander';
import { decideOnRun, type WriteFlags } from '../execute.js';
import { RUNNING } from '../exit-codes.js';
import { withHelp } from '../help.js';
import { type RunKeyFlags, runKeysOf, withEvents, withOutput, withWriting } from '../options.js';
import { requireConsent, type Session, withProject } from '../session.js';
import { collect, words } from '../values.js';

type Flags = WriteFlags & Pick<RunKeyFlags, 'partition' | 'reason'>;

export function defineRollback(command: Command, session: Session): void {
  command
    .description(
      'Publish again what was there before a run, as a new generation. A partition that the run created becomes absent. ' +
        'Shows what it would do and asks.',
    )
    .option('--partition <key>', 'only these keys of the run, globs and ranges too; repeatable', collect)
    .option('--reason <text>', 'why, for the journal', words);
  withEvents(withWriting(withOutput(command))).action((run: string, flags: Flags) => {
    requireConsent(session, 'rollback', flags);
    return withProject(session, flags, (project) =>
      decideOnRun(session, flags, 'Restore what was there before?', (request) =>
        project.rollback(run, { ...request, ...runKeysOf(flags), command: 'rollback' }),
      ),
    );
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
