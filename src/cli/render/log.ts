/**
 * Logs: one JSON line for each event, level and time first, then whose it is and what it says in one sentence. The last line
 * of a command is the one for alerts: its exit code and counts, or the error that ended it.
 */
import type { PartitionOutcome, RunDocument, RunEvent } from '../../index.js';
import type { ErrorDocument } from '../error-document.js';
import { formatCount, oneLine, secondsBetween } from './format.js';
import { OUTCOMES } from './outcome.js';
import { totalSeconds } from './run-rows.js';

export type Level = 'debug' | 'info' | 'warn' | 'error';

export interface LogLine {
  readonly level: Level;
  /** ISO, UTC. */
  readonly time: string;
  readonly event: string;
  readonly message: string;
  readonly [member: string]: unknown;
}

export function encodeLog(line: LogLine): string {
  return `${JSON.stringify(line)}\n`;
}

export function logOfEvent(event: RunEvent): LogLine {
  const { at: time, run } = event;
  switch (event.event) {
    case 'run-started':
      return {
        level: 'info',
        time,
        event: event.event,
        message: `${event.tasks} partitions`,
        run,
        tasks: event.tasks,
      };
    case 'step': {
      const { dataset, key, step } = event;
      return { level: 'debug', time, event: event.event, message: step, run, dataset, key, step };
    }
    case 'recovered': {
      const { dataset, key, how } = event;
      return { level: 'warn', time, event: event.event, message: oneLine(how), run, dataset, key };
    }
    case 'note':
      return { level: 'info', time, event: event.event, message: oneLine(event.message), run };
    case 'partition-ended': {
      const { dataset, done, tasks, result } = event;
      const { key } = result;
      const head = { level: levelOf(result), time, event: event.event, message: sentenceOf(result) };
      return { ...head, run, dataset, key, done, tasks, ...factsOf(result) };
    }
    case 'run-ended':
      return logOfRun(event.document, time);
  }
}

/** The last line of a command that ends without an error and has no run document. */
export function logOfEnd(command: string, exitCode: number, message: string, time: string): LogLine {
  return { level: exitCode === 0 ? 'info' : 'error', time, event: 'ended', message, command, exitCode };
}

/** The last line of a command that an error ended: the error document with the members of a log line. */
export function logOfError(document: ErrorDocument, time: string): LogLine {
  return { level: 'error', time, event: 'error', ...document };
}

function logOfRun(document: RunDocument, time: string): LogLine {
  const { id, plan, command, requestedBy, reason, exitCode, counts, startedAt, endedAt, datasets } = document;
  const total = Object.entries(counts).map(([outcome, count]) => `${formatCount(count)} ${outcome}`);
  return {
    level: exitCode === 0 ? 'info' : 'error',
    time,
    event: 'run-ended',
    message: total.join(', ') || 'nothing to do',
    run: id,
    command,
    exitCode,
    counts,
    plan,
    requestedBy,
    reason,
    datasets: datasets.map(({ dataset }) => dataset),
    seconds: secondsBetween(startedAt, endedAt),
  };
}

function levelOf({ outcome }: PartitionOutcome): Level {
  if (OUTCOMES[outcome].well) return 'info';
  return outcome === 'blocked' || outcome === 'cancelled' ? 'warn' : 'error';
}

function sentenceOf({ outcome, error }: PartitionOutcome): string {
  return error === null ? outcome : `${outcome}: ${oneLine(error.message)}`;
}

function factsOf(result: PartitionOutcome) {
  const { outcome, generation, files, bytes, error } = result;
  return {
    outcome,
    generation,
    rows: result.rows.output,
    files,
    bytes,
    seconds: Math.round(totalSeconds(result) * 1000) / 1000,
    ...(error === null ? {} : { code: error.code, hint: error.hint }),
  };
}
