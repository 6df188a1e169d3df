/** `lakefill scan`: the status of every expected partition. */
import type { Command } from 'commander';
import { COMMON, exitOfScan } from '../exit-codes.js';
import { withHelp } from '../help.js';
import { type OutputFlags, type SelectionFlags, selectionOf, withOutput, withSelection } from '../options.js';
import { renderScan } from '../render/scan.js';
import { print, type Session, viewOf, withProject } from '../session.js';
import { wordsOf } from '../words.js';

interface Flags extends SelectionFlags, OutputFlags {
  readonly check?: boolean;
  readonly deep?: boolean;
}

export function defineScan(command: Command, session: Session): void {
  command.description(
    'Compare what should be there with what the storage holds, and say why each gap is one. Changes nothing.',
  );
  withOutput(withSelection(command))
    .option('--check', 'exit 4 if partitions are missing, stale, unreadable or blocked, or a journal is lost')
    .option('--deep', 'also read every footer, and compare local files with their recorded SHA-256')
    .action((datasets: string[], flags: Flags) =>
      withProject(session, flags, async (project) => {
        const document = await project.scan({
          ...selectionOf(datasets, flags),
          deep: flags.deep === true,
          signal: session.terminal.signal,
        });
        print(session, flags, document, () =>
          renderScan(document, viewOf(session, flags, wordsOf(datasets, flags))),
        );
        return exitOfScan(document, flags.check === true);
      }),
    );
  withHelp(command, {
    examples: [
      { command: 'lakefill scan', does: 'every dataset of the project' },
      { command: 'lakefill scan sales --from 30d', does: 'the last thirty days of one' },
      {
        command: 'lakefill scan --check --quiet',
        does: 'in CI or cron: one line per dataset, exit 4 if something is wrong',
      },
      { command: 'lakefill scan sales --deep --json > scan.json', does: 'look into every file, as JSON' },
    ],
    exits: [...COMMON, 4, 130],
  });
}
