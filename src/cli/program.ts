/** The command tree: every verb, and what they have in common. Knows nothing of processes. */
import { Command } from 'commander';
import { addApply } from './commands/apply.js';
import { addGc } from './commands/gc.js';
import { addHistory } from './commands/history.js';
import { addInit } from './commands/init.js';
import { addPlan } from './commands/plan.js';
import { addRecover } from './commands/recover.js';
import { addRetry } from './commands/retry.js';
import { addRollback } from './commands/rollback.js';
import { addRun } from './commands/run.js';
import { addScan } from './commands/scan.js';
import { addSchema } from './commands/schema.js';
import { RUNNING } from './exit-codes.js';
import { withHelp } from './help.js';
import { PIPE_WIDTH } from './render/style.js';
import type { Session } from './session.js';

const VERBS = [
  addInit,
  addScan,
  addPlan,
  addApply,
  addRun,
  addRetry,
  addRollback,
  addHistory,
  addRecover,
  addGc,
  addSchema,
];

/** Parsing throws CommanderError instead of ending the process, and prints help and version on the session's terminal. */
export function buildProgram(session: Session, version: string): Command {
  const { terminal } = session;
  const width = () => terminal.width ?? PIPE_WIDTH;
  const program = new Command('lakefill')
    .description('Find the missing, stale and bad partitions of a Parquet lake and repair them safely.')
    .usage('<verb> [dataset...] [flags]')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [verb]', 'print the help of a verb')
    .exitOverride()
    .configureOutput({
      writeOut: terminal.out,
      // Usage errors are shown as every other error, by whoever catches them.
      writeErr: () => undefined,
      getOutHelpWidth: width,
      getErrHelpWidth: width,
    });
  for (const add of VERBS) add(program, session);
  withHelp(program, {
    examples: [
      { command: 'lakefill init', does: 'begin: a small project with sample data' },
      { command: 'lakefill scan', does: 'what is missing or stale, and why' },
      { command: 'lakefill plan --from 30d', does: 'what a run would do' },
      { command: 'lakefill run', does: 'do it, after asking' },
      { command: 'lakefill rollback RUN', does: 'undo it' },
    ],
    exits: [...RUNNING, 4],
  });
  return program;
}
