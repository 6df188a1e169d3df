/**
 * The command tree: every verb, and what they have in common. Knows nothing of processes.
 *
 * A verb's flags and code are loaded only when its name stands on the command line, so that help comes at once.
 */
import { Argument, Command } from 'commander';
import { EVERY } from './exit-codes.js';
import { withHelp } from './help.js';
import { PIPE_WIDTH } from './render/style.js';
import type { Session } from './session.js';

/** Adds a verb's flags, help and action to its command. */
export type Define = (command: Command, session: Session) => void;

interface Verb {
  readonly name: string;
  readonly argument: Argument;
  readonly summary: string;
  readonly load: () => Promise<Define>;
}

const datasets = () => new Argument('[dataset...]', 'datasets (default: all)');
const run = () => new Argument('<run>', 'id of the run (see `lakefill history`)');

const VERBS: readonly Verb[] = [
  {
    name: 'init',
    argument: new Argument('[dir]', "folder of the project, made if it doesn't exist").default('.'),
    summary: 'writes a small working project',
    load: async () => (await import('./commands/init.js')).defineInit,
  },
  {
    name: 'scan',
    argument: datasets(),
    summary: 'status of every expected partition, with reasons',
    load: async () => (await import('./commands/scan.js')).defineScan,
  },
  {
    name: 'plan',
    argument: datasets(),
    summary: 'exactly what a run would do, why, and what it would cost',
    load: async () => (await import('./commands/plan.js')).definePlan,
  },
  {
    name: 'apply',
    argument: new Argument('<plan>', 'file that `lakefill plan --out` wrote'),
    summary: 'does exactly a saved plan',
    load: async () => (await import('./commands/apply.js')).defineApply,
  },
  {
    name: 'run',
    argument: datasets(),
    summary: 'plan, show, confirm, apply',
    load: async () => (await import('./commands/run.js')).defineRun,
  },
  {
    name: 'diff',
    argument: new Argument('[run|dataset...]', 'id of a run, or datasets (with --partition)'),
    summary: 'staged output against what readers find, or what a run changed',
    load: async () => (await import('./commands/diff.js')).defineDiff,
  },
  {
    name: 'promote',
    argument: run(),
    summary: 'publishes what a run with --stage-only left',
    load: async () => (await import('./commands/promote.js')).definePromote,
  },
  {
    name: 'discard',
    argument: run(),
    summary: 'gives up what a run with --stage-only left',
    load: async () => (await import('./commands/discard.js')).defineDiscard,
  },
  {
    name: 'retry',
    argument: run(),
    summary: 'the keys of a run that did not end well',
    load: async () => (await import('./commands/retry.js')).defineRetry,
  },
  {
    name: 'rollback',
    argument: run(),
    summary: 'publishes the generation before a run',
    load: async () => (await import('./commands/rollback.js')).defineRollback,
  },
  {
    name: 'history',
    argument: new Argument('[run|dataset...]', 'id of a run, or datasets (default: all)'),
    summary: 'what happened, who asked, why',
    load: async () => (await import('./commands/history.js')).defineHistory,
  },
  {
    name: 'recover',
    argument: datasets(),
    summary: 'finishes or undoes what a dead process left',
    load: async () => (await import('./commands/recover.js')).defineRecover,
  },
  {
    name: 'gc',
    argument: datasets(),
    summary: 'removes expired staging, uploads and retained generations',
    load: async () => (await import('./commands/gc.js')).defineGc,
  },
  {
    name: 'adopt',
    argument: datasets(),
    summary: 'takes over partitions that something else wrote, as they are',
    load: async () => (await import('./commands/adopt.js')).defineAdopt,
  },
  {
    name: 'doctor',
    argument: datasets(),
    summary: 'is this store safe, and what is missing',
    load: async () => (await import('./commands/doctor.js')).defineDoctor,
  },
  {
    name: 'schema',
    argument: new Argument('[kind]', 'which definitions').choices(['dataset', 'project']).default('dataset'),
    summary: 'JSON Schema of the definitions',
    load: async () => (await import('./commands/schema.js')).defineSchema,
  },
];

/**
 * The tree for these words (what follows the program's name). Parsing it throws CommanderError instead of ending the
 * process, and prints help and version on the session's terminal.
 */
export async function buildProgram(
  session: Session,
  version: string,
  args: readonly string[],
): Promise<Command> {
  const program = createRoot(session, version);
  for (const verb of VERBS) {
    const command = program.command(verb.name).summary(verb.summary).addArgument(verb.argument);
    if (args.includes(verb.name)) (await verb.load())(command, session);
  }
  defineHelp(program);
  return withHelp(program, {
    examples: [
      { command: 'lakefill init', does: 'begin: a small project with sample data' },
      { command: 'lakefill scan', does: 'what is missing or stale, and why' },
      { command: 'lakefill plan --from 30d', does: 'what a run would do' },
      { command: 'lakefill run', does: 'do it, after asking' },
      { command: 'lakefill rollback RUN', does: 'undo it' },
    ],
    exits: EVERY,
  });
}

function createRoot({ terminal }: Session, version: string): Command {
  const width = () => terminal.width ?? PIPE_WIDTH;
  return new Command('lakefill')
    .description('Find the missing, stale and bad partitions of a Parquet lake and repair them safely.')
    .usage('<verb> [dataset...] [flags]')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .exitOverride()
    .configureHelp({
      subcommandTerm: (command) =>
        [command.name(), ...command.registeredArguments.map((a) => nameOf(a))].join(' '),
    })
    .configureOutput({
      writeOut: terminal.out,
      // Usage errors are shown as every other error, by whoever catches them.
      writeErr: () => undefined,
      getOutHelpWidth: width,
      getErrHelpWidth: width,
    });
}

/** Commander's own does not say which verb does not exist. */
function defineHelp(program: Command): void {
  const help = program.command('help').summary('print the help of a verb').argument('[verb]', 'its name');
  help.action(async (name?: string) => {
    const verb = name === undefined ? program : program.commands.find((one) => one.name() === name);
    if (verb !== undefined) verb.help();
    await program.parseAsync([name!], { from: 'user' });
  });
}

function nameOf(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}
