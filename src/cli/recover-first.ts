/**
 * A plan to be carried out at once. What a process that died left in the middle is finished or undone before, and then planned
 * as it stands: a plan holds such keys, and with nothing else to do nobody would ever take them up.
 */
import type { LakefillProject, Plan } from '../index.js';
import { showFirst, type WriteFlags, writeRequestOf } from './execute.js';
import { renderRecover } from './render/recover.js';
import { confirm, type Session, viewOf } from './session.js';

export async function planRecovered(
  session: Session,
  project: LakefillProject,
  flags: WriteFlags,
  makePlan: () => Promise<Plan>,
): Promise<Plan> {
  const plan = await makePlan();
  const datasets = plan.datasets
    .filter(({ held }) => held.some(({ code }) => code === 'interrupted'))
    .map(({ dataset }) => dataset);
  if (datasets.length === 0 || flags.dryRun === true) return plan;
  if (flags.yes !== true)
    await confirm(
      session,
      `A run that died left partitions of ${datasets.join(', ')} in the middle. Finish or undo them first?`,
    );
  session.terminal.startsWriting();
  const recovered = await project.recover({
    ...writeRequestOf(session, flags),
    datasets,
    command: 'recover',
  });
  if (flags.quiet !== true) showFirst(session, flags, () => renderRecover(recovered, viewOf(session, flags)));
  return makePlan();
}
