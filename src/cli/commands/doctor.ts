/** `lakefill doctor`: whether machine, stores and control objects are what lakefill rests on, with the remedy for each fault. */
import type { Command } from 'commander';
import { COMMON, exitOfDoctor } from '../exit-codes.js';
import { withHelp } from '../help.js';
import { type OutputFlags, withOutput } from '../options.js';
import { renderDoctor } from '../render/doctor.js';
import { print, type Session, viewOf, withProject } from '../session.js';
import { wordsOf } from '../words.js';

export function defineDoctor(command: Command, session: Session): void {
  command.description(
    'Try what lakefill rests on: permissions, what the store really enforces, clock, disk, journal. ' +
      'Writes probe objects beside the targets only, and removes them. Exit 1 when something needed failed.',
  );
  withOutput(command).action((datasets: string[], flags: OutputFlags) =>
    withProject(session, flags, async (project) => {
      const document = await project.doctor({ datasets, signal: session.terminal.signal });
      print(session, flags, document, () =>
        renderDoctor(document, viewOf(session, flags, wordsOf(datasets, flags))),
      );
      return exitOfDoctor(document);
    }),
  );
  withHelp(command, {
    examples: [
      { command: 'lakefill doctor', does: 'every store and dataset of the project' },
      { command: 'lakefill doctor sales --json', does: 'one dataset, as JSON' },
    ],
    exits: [...COMMON, 130],
  });
}
