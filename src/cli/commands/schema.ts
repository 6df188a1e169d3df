/** `lakefill schema`: the JSON Schema of the definitions, for editors. */
import type { Command } from 'commander';
import { COMMON } from '../exit-codes.js';
import { withHelp } from '../help.js';
import { type Session, toJson } from '../session.js';

export function defineSchema(command: Command, session: Session): void {
  command
    .description(
      'Print the JSON Schema of dataset definitions (partitions/*.yaml) or of lakefill.yaml, for editors.',
    )
    .action(async (kind: 'dataset' | 'project') => {
      const { definitionSchema } = await import('../../index.js');
      session.terminal.out(toJson(definitionSchema(kind)));
    });
  withHelp(command, {
    examples: [
      {
        command: 'lakefill schema > dataset.schema.json',
        does: 'then, at the top of a definition: # yaml-language-server: $schema=dataset.schema.json',
      },
      { command: 'lakefill schema project', does: 'of lakefill.yaml' },
    ],
    exits: COMMON,
  });
}
