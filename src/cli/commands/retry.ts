/** `lakefill retry RUN`: the keys of that run that did not end well, nothing else. */
import type { Command } from 'commander';
import { execute, expectedOf, hasWork, refuseIfRefused, showFirst, type WriteFlags } from '../execute.js';
import { RUNNING } from '../exit-codes.js';
import { withHelp } from '../help.js';
import {
  type ExecutionFlags,
  executionOf,
  withEvents,
  withExecution,
  withOutput,
  withStopAfter,
  withWriting,
} from '../options.js';
import { planRecovered } from '../recover-first.js';
import { plural } from '../render/format.js';
import { renderPlan } from '../render/plan.js';
import { confirm, requireConsent, type Session, viewOf, withProject } from '../session.js';

type Flags = ExecutionFlags & WriteFlags;

export function defineRetry(command: Command, session: Session): void {
  command.description(
    'Plan the keys of a run that did not end well again, as things are now, show them, ask, do them. What only staged, or published all or nothing or in batches, is done so again; what was made since is left.',
  );
  withStopAfter(withEvents(withWriting(withOutput(withExecution(command))))).action(
    (run: string, flags: Flags) => {
      requireConsent(session, 'retry', flags);
      return withProject(session, flags, async (project) => {
        const plan = await planRecovered(session, project, flags, () =>
          project.planRetry(run, { ...executionOf(flags), signal: session.terminal.signal }),
        );
        const asks = flags.yes !== true && flags.dryRun !== true && hasWork(plan) && plan.refused === null;
        const view = { ...viewOf(session, flags), file: null, asking: true };
        if (asks || flags.quiet !== true)
          showFirst(session, flags, () => renderPlan({ ...plan, refused: null }, view));
        refuseIfRefused(plan);
        if (asks) await confirm(session, `Try ${plural(expectedOf(plan).keys.length, 'partition')} again?`);
        return execute(session, flags, expectedOf(plan), (request) =>
          project.apply(plan, { ...request, command: 'retry' }),
        );
      });
    },
  );
  withHelp(command, {
    examples: [
      { command: 'lakefill retry RUN', does: 'after the cause is gone; `lakefill history` lists the runs' },
      {
        command: 'lakefill retry RUN --accept \'notNull(order_id)\' --reason "known gap"',
        does: 'publish although a check fails',
      },
    ],
    exits: RUNNING,
  });
}
