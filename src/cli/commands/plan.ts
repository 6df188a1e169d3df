/** `lakefill plan`: exactly what a run would do. */
import type { Command } from 'commander';
import { COMMON, exitOfPlan } from '../exit-codes.js';
import { withHelp } from '../help.js';
import {
  type ExecutionFlags,
  executionOf,
  type OutputFlags,
  type SelectionFlags,
  selectionOf,
  withExecution,
  withOutput,
  withSelection,
} from '../options.js';
import { renderPlan } from '../render/plan.js';
import { print, type Session, viewOf, withProject } from '../session.js';
import { words } from '../values.js';
import { wordsOf } from '../words.js';

interface Flags extends SelectionFlags, ExecutionFlags, OutputFlags {
  readonly check?: boolean;
  readonly deep?: boolean;
  readonly out?: string;
}

export function definePlan(command: Command, session: Session): void {
  command.description(
    'Say exactly what a run would do: which keys, why, what it reads and writes, in what order. Changes nothing.',
  );
  withOutput(withExecution(withSelection(command)))
    .option('--out <file>', 'save the plan for `lakefill apply`', words)
    .option('--check', 'exit 4 if there is work to do, or a journal is lost')
    .option('--deep', 'also read every footer, and compare local files with their recorded SHA-256')
    .action((datasets: string[], flags: Flags) =>
      withProject(session, flags, async (project) => {
        const plan = await project.plan({
          ...selectionOf(datasets, flags),
          ...executionOf(flags),
          deep: flags.deep === true,
          signal: session.terminal.signal,
        });
        if (flags.out !== undefined) await (await import('../../index.js')).savePlan(plan, flags.out);
        const view = viewOf(session, flags, wordsOf(datasets, flags));
        print(session, flags, plan, () =>
          renderPlan(plan, { ...view, file: flags.out ?? null, asking: false }),
        );
        return exitOfPlan(plan, flags.check === true);
      }),
    );
  withHelp(command, {
    examples: [
      { command: 'lakefill plan', does: 'what is missing, unreadable, or made from inputs that changed' },
      {
        command: 'lakefill plan sales --from 2025-01-01 --to 2025-01-31 --only all',
        does: 'a month again, whatever its status',
      },
      {
        command: 'lakefill plan --out plan.json && lakefill apply plan.json',
        does: 'look today, do exactly that later',
      },
    ],
    exits: [...COMMON, 4, 130],
  });
}
