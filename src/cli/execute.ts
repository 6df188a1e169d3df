/** Carries out something that ends in a run document: shows it while it works, prints the document, gives its exit code. */
import type { ApplyRequest, Plan, RunDocument, WriteRequest } from '../index.js';
import { createDisplay, type Expected } from './display.js';
import { CliError } from './error-document.js';
import type { ApplyFlags, OutputFlags, WritingFlags } from './options.js';
import { encodeLog, logOfEnd } from './render/log.js';
import { renderRun, renderRunSummary } from './render/run.js';
import { confirm, type Session, toJson, toText, viewOf } from './session.js';

export type WriteFlags = OutputFlags & WritingFlags & ApplyFlags;

export async function execute(
  session: Session,
  flags: WriteFlags,
  expected: Expected,
  start: (request: ApplyRequest) => Promise<RunDocument>,
): Promise<number> {
  const { terminal } = session;
  const display = createDisplay(session, flags, expected);
  terminal.startsWriting();
  let document: RunDocument;
  try {
    document = await start({
      ...writeRequestOf(session, flags),
      ...(flags.stopAfter === undefined ? {} : { stopAfter: flags.stopAfter }),
      onEvent: display.onEvent,
    });
  } finally {
    display.end();
  }
  if (flags.events === true) return document.exitCode;
  const view = { ...viewOf(session, flags), dryRun: flags.dryRun === true, justEnded: true };
  if (flags.json === true) terminal.out(toJson(document));
  else terminal.out(toText(renderRunSummary(document, view)));
  return document.exitCode;
}

export function writeRequestOf(session: Session, flags: WritingFlags): WriteRequest {
  return {
    signal: session.terminal.signal,
    ...(flags.dryRun === true ? { dryRun: true } : {}),
    ...(flags.singleWriter === true ? { singleWriter: true } : {}),
  };
}

/** The last log line of a command that writes and has no run. */
export function logEnd(
  session: Session,
  flags: WriteFlags,
  command: string,
  exitCode: number,
  message: string,
) {
  if (flags.logFormat !== 'json') return;
  session.terminal.err(encodeLog(logOfEnd(command, exitCode, message, new Date().toISOString())));
}

export function expectedOf(plan: Plan): Expected {
  const datasets = plan.datasets.filter((d) => d.tasks.length > 0);
  const withDataset = datasets.length > 1;
  const keys = datasets.flatMap((d) => d.tasks.map((t) => (withDataset ? `${d.dataset}/${t.key}` : t.key)));
  return { withDataset, keys };
}

export function hasWork(plan: Plan): boolean {
  return plan.datasets.some((d) => d.tasks.length > 0);
}

/** Stops before anything is asked or done when the plan itself says that it must not be carried out. */
export function refuseIfRefused(plan: Plan): void {
  if (plan.refused === null) return;
  const { code, message, hint } = plan.refused;
  if (code === 'JOURNAL_LOST') throw new CliError(code, message, hint, 1);
  throw new CliError('PLAN_REFUSED', message, hint);
}

/**
 * A decision about the keys of an earlier run: shown first by doing it as a dry run, asked for, then done.
 * `act` must do the same with and without `dryRun`.
 */
export async function decideOnRun(
  session: Session,
  flags: WriteFlags,
  question: string,
  act: (request: WriteRequest) => Promise<RunDocument>,
): Promise<number> {
  if (flags.yes !== true && flags.dryRun !== true) {
    const preview = await act({ signal: session.terminal.signal, dryRun: true });
    showFirst(session, flags, () => renderRun(preview, viewOf(session, flags)));
    if (preview.datasets.some((d) => d.partitions.length > 0)) await confirm(session, question);
  }
  return execute(session, flags, { withDataset: true, keys: [] }, act);
}

/** What is shown before a question: on stdout, or on stderr where stdout carries JSON. */
export function showFirst(session: Session, flags: WriteFlags, lines: () => readonly string[]): void {
  const toError = flags.json === true || flags.events === true;
  if (toError && !session.terminal.interactive) return;
  session.terminal[toError ? 'err' : 'out'](toText(lines()));
}
