/** `lakefill apply PLAN`: does exactly that plan. The saved plan is the consent, so nothing is asked. */
import type { Command } from 'commander';
import { execute, expectedOf, refuseIfRefused, type WriteFlags } from '../execute.js';
import { RUNNING } from '../exit-codes.js';
import { withHelp } from '../help.js';
import { withEvents, withOutput, withStopAfter, withWriting } from '../options.js';
import { type Session, withProject } from '../session.js';

export function defineApply(command: Command, session: Session): void {
  command.description(
    'Do exactly what a saved plan says. A partition whose inputs or content moved since is refused, not guessed. ' +
      'An interrupted plan is continued by applying it again.',
  );
  withStopAfter(withEvents(withWriting(withOutput(command)))).action((file: string, flags: WriteFlags) =>
    withProject(session, flags, async (project) => {
      const { loadPlan } = await import('../../index.js');
      const plan = await loadPlan(file);
      refuseIfRefused(plan);
      return execute(session, flags, expectedOf(plan), (request) =>
        project.apply(plan, { ...request, command: 'apply' }),
      );
    }),
  );
  withHelp(command, {
    examples: [
      { command: 'lakefill apply plan.json', does: 'do it; needs no --yes, the saved plan is the consent' },
      { command: 'lakefill apply plan.json --dry-run', does: 'the same steps, nothing written' },
      {
        command: 'lakefill apply plan.json --stop-after 45m',
        does: 'a part of it; the same command goes on',
      },
      { command: 'lakefill apply plan.json --json > run.json', does: 'keep the run document' },
    ],
    exits: RUNNING,
  });
}
