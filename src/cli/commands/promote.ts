/** `lakefill promote RUN`: publishes what a run with `--stage-only` left. */
import type { Command } from 'commander';
import { decideOnRun, type WriteFlags } from '../execute.js';
import { RUNNING } from '../exit-codes.js';
import { withHelp } from '../help.js';
import { type RunKeyFlags, runKeysOf, withEvents, withOutput, withRunKeys, withWriting } from '../options.js';
import { requireConsent, type Session, withProject } from '../session.js';

type Flags = WriteFlags & RunKeyFlags;

export function definePromote(command: Command, session: Session): void {
  command.description(
    'Publish what a run with --stage-only left. Rejected keys are never published; a key whose published content moved since ' +
      'is refused. Inputs are not looked at again: a key whose inputs changed since shows as stale afterwards. Shows what it would do and asks.',
  );
  withRunKeys(command).option('--together', 'all of them or none');
  withEvents(withWriting(withOutput(command))).action((run: string, flags: Flags) => {
    requireConsent(session, 'promote', flags);
    return withProject(session, flags, (project) =>
      decideOnRun(session, flags, 'Publish them?', (request) =>
        project.promote(run, { ...request, ...runKeysOf(flags), command: 'promote' }),
      ),
    );
  });
  withHelp(command, {
    examples: [
      { command: 'lakefill promote RUN --dry-run', does: 'what would be published' },
      { command: 'lakefill promote RUN --to 2025-01-15 --yes', does: 'the first half of January' },
    ],
    exits: RUNNING,
  });
}
