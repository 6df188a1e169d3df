/** `lakefill init`: writes a small working project. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { COMMON } from '../exit-codes.js';
import { withHelp } from '../help.js';
import type { OutputFlags } from '../options.js';
import { renderInit } from '../render/init.js';
import { print, type Session, viewOf } from '../session.js';
import { words } from '../values.js';

interface Flags extends Pick<OutputFlags, 'json' | 'quiet' | 'color'> {
  readonly from?: string;
}

export function defineInit(command: Command, session: Session): void {
  command
    .description(
      'Write a small working project: lakefill.yaml, one dataset with its SQL, three days of sample data. Overwrites nothing. ' +
        'With --from the dataset is proposed from an existing prefix: layout, grain, start, columns, format, and what is not certain.',
    )
    .option('--from <url>', 'folder or URL of existing data, which is only read', words)
    .option('--json', 'print one JSON document')
    .option('-q, --quiet', 'only the files')
    .option('--no-color', 'no colours (also: NO_COLOR)')
    .action(async (dir: string, flags: Flags) => {
      const { initProject } = await import('../../index.js');
      const document = await initProject({
        dir: resolve(session.terminal.cwd, dir),
        signal: session.terminal.signal,
        ...(flags.from === undefined ? {} : { from: flags.from }),
      });
      print(session, flags, document, () => renderInit(document, dir, viewOf(session, flags)));
    });
  withHelp(command, {
    examples: [
      { command: 'lakefill init', does: 'in this folder' },
      { command: 'lakefill init lake && lakefill run --project lake', does: 'try it on sample data' },
      { command: 'lakefill init sales --from s3://lake/raw/sales/', does: 'a project for data that exists' },
    ],
    exits: COMMON,
  });
}
