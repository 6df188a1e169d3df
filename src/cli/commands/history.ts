/** `lakefill history`: what happened, who asked, why; of one run every key's outcome. */
import type { Command } from 'commander';
import type { LakefillProject } from '../../index.js';
import { COMMON } from '../exit-codes.js';
import { withHelp } from '../help.js';
import { type OutputFlags, withOutput } from '../options.js';
import { renderHistory } from '../render/history.js';
import { renderRun } from '../render/run.js';
import { print, type Session, viewOf, withProject } from '../session.js';
import { collect, limit } from '../values.js';

interface Flags extends OutputFlags {
  readonly partition?: readonly string[];
  readonly limit: number | 'all';
}

export function defineHistory(command: Command, session: Session): void {
  command
    .description(
      "Without a name the latest runs; with a dataset its runs; with a run every key's outcome; with --partition what happened to those keys.",
    )
    .option('--partition <key>', 'what happened to these keys; repeatable', collect)
    .option('--limit <n|all>', 'so many runs, newest first', limit, 20);
  withOutput(command).action((names: string[], flags: Flags) =>
    withProject(session, flags, async (project) => {
      await show(session, project, names, flags);
      return 0;
    }),
  );
  withHelp(command, {
    examples: [
      { command: 'lakefill history', does: 'the latest runs' },
      { command: 'lakefill history RUN', does: "every key's outcome in one run" },
      { command: 'lakefill history sales --partition dt=2025-01-03', does: 'the life of one partition' },
    ],
    exits: [...COMMON, 130],
  });
}

async function show(
  session: Session,
  project: LakefillProject,
  names: readonly string[],
  flags: Flags,
): Promise<void> {
  const { signal } = session.terminal;
  const view = viewOf(session, flags);
  const known = new Set(project.datasets.map((d) => d.name));
  const run = names.length === 1 && !known.has(names[0] as string) ? names[0] : undefined;
  if (run !== undefined && flags.partition === undefined) {
    const document = await project.runDocument(run, { signal });
    return print(session, flags, document, () => renderRun(document, { ...view, past: true }));
  }
  const document = await project.history({
    signal,
    ...(run === undefined ? { datasets: names } : { run }),
    ...(flags.partition === undefined ? {} : { partitions: flags.partition }),
    limit: flags.limit === 'all' ? Infinity : flags.limit,
  });
  print(session, flags, document, () => renderHistory(document, view));
}
