/**
 * The flags that several verbs share: selection, execution, output. One place for their words, their values, and
 * their way into the library's options.
 */
import type { Command } from 'commander';
import type { ExecutionOptions, PromoteRequest, SelectionOptions } from '../index.js';
import { CliError } from './error-document.js';
import { byteSize, collect, collectList, duration, limit, oneOf, positiveInteger, words } from './values.js';

export interface SelectionFlags {
  readonly from?: string;
  readonly to?: string;
  readonly partition?: readonly string[];
  readonly exclude?: readonly string[];
  readonly tag?: readonly string[];
  readonly only?: readonly string[];
  readonly withDownstream?: boolean;
  readonly shard?: string;
}

export interface ExecutionFlags {
  readonly concurrency?: number;
  readonly batch?: string;
  readonly order?: 'oldest' | 'newest';
  readonly canary?: boolean;
  readonly maxFailures?: number;
  readonly stageOnly?: boolean;
  readonly together?: boolean;
  readonly reason?: string;
  readonly accept?: readonly string[];
  readonly limit?: number | 'all';
  readonly maxBytes?: number;
  readonly overwriteExternal?: boolean;
}

export interface OutputFlags {
  readonly project?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  /** False after `--no-color`. */
  readonly color: boolean;
}

/** Which keys of an earlier run, and why. */
export interface RunKeyFlags {
  readonly partition?: readonly string[];
  readonly from?: string;
  readonly to?: string;
  readonly reason?: string;
  readonly together?: boolean;
}

export interface WritingFlags {
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly singleWriter?: boolean;
  readonly events?: boolean;
  readonly logFormat?: 'json';
}

/** Only where a plan is carried out. */
export interface ApplyFlags {
  /** Milliseconds. */
  readonly stopAfter?: number;
}

/** Keys by name, time and tag, whatever their status. */
export function withKeySelection(command: Command): Command {
  return command
    .option('--from <when>', 'first partition: a date, an instant, 30d, yesterday', words)
    .option('--to <when>', 'last partition, included (an instant is excluded)', words)
    .option('--partition <key>', 'a key, dt=2025-01-* or dt=2025-01-01..2025-01-07; repeatable', collect)
    .option('--exclude <key>', 'leave these keys out; repeatable', collect)
    .option('--tag <tag>', 'datasets that carry the tag; repeatable', collect);
}

export function withSelection(command: Command): Command {
  return withKeySelection(command)
    .option(
      '--only <what>',
      'statuses or reasons: missing,unreadable,stale,failed,all,input-changed (default: missing,unreadable,input-changed)',
      collectList,
    )
    .option(
      '--with-downstream',
      'also what reads the selected partitions: what is due there, and what this plan changes',
    )
    .option('--shard <i/n>', 'the i-th of n stable shares of the keys, such as 2/8', words);
}

export function withExecution(command: Command): Command {
  return command
    .option('--concurrency <n>', 'partitions worked on at once', positiveInteger)
    .option('--batch <size>', 'promote in units of this width, such as 7d', words)
    .option('--order <order>', 'oldest or newest first', oneOf('oldest', 'newest'))
    .option('--canary', 'the first partition alone, then the rest')
    .option('--max-failures <n>', 'start nothing new after n failures', positiveInteger)
    .option('--stage-only', 'stage and check, promote nothing')
    .option('--together', 'promote all partitions or none')
    .option('--reason <text>', 'why, for the journal', words)
    .option('--accept <check>', 'publish although this check fails (needs --reason); repeatable', collect)
    .option('--limit <n|all>', 'the first n partitions in order; all lifts the limit', limit)
    .option('--max-bytes <size>', 'refuse to read more input than this, such as 200GB', byteSize)
    .option('--overwrite-external', 'also replace what lakefill did not write');
}

export function withOutput(command: Command): Command {
  return command
    .option('--project <dir>', 'folder of the project (default: here or above)', words)
    .option('--json', 'print one JSON document')
    .option('-q, --quiet', 'only the result')
    .option('-v, --verbose', 'every partition on its own line')
    .option('--no-color', 'no colours (also: NO_COLOR)');
}

export function withWriting(command: Command): Command {
  return command
    .option('-y, --yes', 'do not ask')
    .option('--dry-run', 'the same, but write nothing')
    .option('--single-writer', 'there is no other writer: allow stores that cannot enforce it')
    .option(`${LOG_FORMAT} <format>`, 'json: what happens as JSON Lines on stderr', oneOf('json'));
}

export const LOG_FORMAT = '--log-format';

/** Whether the words ask for logs: also for those who tell an error that came before the words were parsed. */
export function logsJson(args: readonly string[]): boolean {
  return args.some(
    (arg, i) => arg === `${LOG_FORMAT}=json` || (arg === 'json' && args[i - 1] === LOG_FORMAT),
  );
}

/** Keys by name or by time, without their statuses. */
export function withKeys(command: Command): Command {
  return command
    .option('--partition <key>', 'only these keys of the run, globs and ranges too; repeatable', collect)
    .option('--from <when>', 'first partition: a date or an instant', words)
    .option('--to <when>', 'last partition, included (an instant is excluded)', words);
}

export function withRunKeys(command: Command): Command {
  return withKeys(command).option('--reason <text>', 'why, for the journal', words);
}

export function withStopAfter(command: Command): Command {
  return command.option(
    '--stop-after <time>',
    'begin nothing new after this time, such as 45m; what has begun is finished',
    duration,
  );
}

export function withEvents(command: Command): Command {
  const events = command.createOption('--events', 'print the events of the run as JSON Lines');
  // Both own stdout; the last event carries the document.
  return command.addOption(events.conflicts('json'));
}

export function selectionOf(datasets: readonly string[], flags: SelectionFlags): SelectionOptions {
  const { partition, tag, from, to, exclude, only, withDownstream, shard } = flags;
  return defined({
    datasets,
    partitions: partition,
    tags: tag,
    from,
    to,
    exclude,
    only,
    withDownstream,
    shard,
  });
}

/** @throws USAGE for `--accept` without `--reason`: what is accepted is recorded with why */
export function executionOf(flags: ExecutionFlags): ExecutionOptions {
  if (flags.accept !== undefined && flags.reason === undefined)
    throw new CliError('USAGE', 'A check is accepted only with a reason.', 'Add --reason TEXT.');
  return defined({
    concurrency: flags.concurrency,
    batch: flags.batch,
    order: flags.order,
    canary: flags.canary,
    maxFailures: flags.maxFailures,
    stageOnly: flags.stageOnly,
    together: flags.together,
    reason: flags.reason,
    accept: flags.accept,
    limit: flags.limit,
    maxBytes: flags.maxBytes,
    overwriteExternal: flags.overwriteExternal,
  });
}

export function runKeysOf({ partition, from, to, reason, together }: RunKeyFlags): PromoteRequest {
  return defined({ partitions: partition, from, to, reason, together });
}

/** Without the members that are undefined. */
function defined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as never;
}
