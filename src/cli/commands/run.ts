/** `lakefill run`: plan, show, confirm, apply. */
import type { Command } from 'commander';
import type { LakefillProject } from '../../index.js';
import { execute, expectedOf, hasWork, refuseIfRefused, showFirst, type WriteFlags } from '../execute.js';
import { RUNNING } from '../exit-codes.js';
import { withHelp } from '../help.js';
import {
  type ExecutionFlags,
  executionOf,
  type SelectionFlags,
  selectionOf,
  withEvents,
  withExecution,
  withOutput,
  withStopAfter,
  withSelection,
  withWriting,
} from '../options.js';
import { planRecovered } from '../recover-first.js';
import { plural } from '../render/format.js';
import { renderPlan } from '../render/plan.js';
import { confirm, requireConsent, type Session, viewOf, withProject } from '../session.js';
import { wordsOf } from '../words.js';

interface Flags extends SelectionFlags, ExecutionFlags, WriteFlags {
  readonly deep?: boolean;
}

export function defineRun(command: Command, session: Session): void {
  command.description(
    'Repair what is missing, unreadable or made from inputs that changed: plan it, show it, ask, do it.',
  );
  withStopAfter(withEvents(withWriting(withOutput(withExecution(withSelection(command))))))
    .option('--deep', 'also read every footer, and compare local files with their recorded SHA-256')
    .action((datasets: string[], flags: Flags) => {
      requireConsent(
        session,
        'run',
        flags,
        ', or save a plan (`lakefill plan --out plan.json`) and apply it',
      );
      return withProject(session, flags, (project) => runProject(session, project, datasets, flags));
    });
  withHelp(command, {
    examples: [
      { command: 'lakefill run', does: 'repair everything that is due' },
      { command: 'lakefill run sales --partition dt=2025-01-03', does: 'one partition' },
      {
        command: 'lakefill run sales --from 2025-01-01 --to 2025-01-31 --only all --reason "fix tax"',
        does: 'restate a month',
      },
      { command: 'lakefill run --yes --json > run.json', does: 'from a scheduler' },
      {
        command: 'lakefill run sales --yes --batch 31d --order newest --stop-after 45m',
        does: 'a long backfill, a piece each night',
      },
    ],
    exits: RUNNING,
  });
}

async function runProject(
  session: Session,
  project: LakefillProject,
  datasets: readonly string[],
  flags: Flags,
): Promise<number> {
  const plan = await planRecovered(session, project, flags, () =>
    project.plan({
      ...selectionOf(datasets, flags),
      ...executionOf(flags),
      deep: flags.deep === true,
      signal: session.terminal.signal,
    }),
  );
  const view = viewOf(session, flags, wordsOf(datasets, flags));
  const asks = flags.yes !== true && flags.dryRun !== true && hasWork(plan) && plan.refused === null;
  if (asks || flags.quiet !== true)
    showFirst(session, flags, () =>
      renderPlan({ ...plan, refused: null }, { ...view, file: null, asking: true }),
    );
  refuseIfRefused(plan);
  if (asks) await confirm(session, `Do this to ${plural(expectedOf(plan).keys.length, 'partition')}?`);
  return execute(session, flags, expectedOf(plan), (request) =>
    project.apply(plan, { ...request, command: 'run' }),
  );
}
