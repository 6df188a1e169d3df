/** Exit codes: what they mean, and what each document ends with. Errors carry their own. */
import type {
  AdoptDocument,
  DiffDocument,
  DoctorDocument,
  Plan,
  RecoverDocument,
  ScanDocument,
  Status,
} from '../index.js';

export const EXIT_CODES = {
  0: 'done, or nothing to do',
  1: 'unexpected error, or a partition whose status or difference is unknown',
  2: 'wrong usage, or a definition error',
  3: 'the run finished, and some partitions did not end well',
  4: '--check found something: work to do, holes, or a lost journal',
  10: 'conflict: the base moved, or another writer won',
  11: 'another run holds the dataset',
  12: 'checks refused every partition that was tried',
  130: 'interrupted (SIGTERM: 143)',
} as const;

export type ExitCode = keyof typeof EXIT_CODES;

/** Codes that every command can end with, in addition to its own. */
export const COMMON: readonly ExitCode[] = [0, 1, 2];
/** Codes of the commands that run partitions. */
export const RUNNING: readonly ExitCode[] = [0, 1, 2, 3, 10, 11, 12, 130];

/** All of them, ascending. */
export const EVERY: readonly ExitCode[] = Object.keys(EXIT_CODES).map((code) => Number(code) as ExitCode);

const WANTING: readonly Status[] = ['missing', 'stale', 'unreadable', 'blocked'];

/** A lost journal is found too: its files are there and may be fresh, and nothing can be written any more. */
export function exitOfScan(document: ScanDocument, check: boolean): number {
  const found = (statuses: readonly Status[]) =>
    document.datasets.some((d) => statuses.some((status) => (d.counts[status] ?? 0) > 0));
  const undiscovered = document.datasets.some(({ notes }) =>
    notes.some(({ code }) => code === 'input-unknown'),
  );
  if (undiscovered || found(['unknown'])) return 1;
  const lost = document.datasets.some(({ notes }) => notes.some(({ code }) => code === 'journal-lost'));
  return check && (lost || found(WANTING)) ? 4 : 0;
}

/** Work to do, holes that stay because their keys are held, and a lost journal are all something to look at. */
export function exitOfPlan({ datasets, refused }: Plan, check: boolean): number {
  if (datasets.some(({ unknown }) => unknown.length > 0)) return 1;
  const found = datasets.some((d) => d.tasks.length > 0 || d.held.some(({ status }) => isHole(status)));
  return check && (found || refused?.code === 'JOURNAL_LOST') ? 4 : 0;
}

function isHole(status: Status | undefined): boolean {
  return status === 'missing' || status === 'unreadable' || status === 'blocked';
}

export function exitOfDiff(document: DiffDocument): number {
  return document.datasets.some((d) => d.partitions.some((p) => p.error !== null)) ? 1 : 0;
}

export function exitOfRecover(document: RecoverDocument): number {
  const results = document.datasets.flatMap((d) => d.keys.map((key) => key.result));
  if (results.includes('failed')) return 1;
  return results.includes('conflict') ? 10 : 0;
}

/** Keys that are left alone end well; after a rebuild they do not: writing stays refused until a person chose. */
export function exitOfAdopt({ datasets, rebuild }: AdoptDocument): number {
  const results = datasets.flatMap((d) => d.partitions.map(({ result }) => result));
  if (results.includes('cancelled')) return 130;
  const adopted = results.includes('adopted');
  if (results.includes('conflict')) return adopted ? 3 : 10;
  return rebuild && results.includes('left') ? 3 : 0;
}

/** What is only noted does not count. */
export function exitOfDoctor({ checks }: DoctorDocument): number {
  return checks.some(({ passed, needed }) => needed && !passed) ? 1 : 0;
}

/** An interrupted command ends with the code of the signal that interrupted it. */
export function exitAfterSignal(code: number, signal: NodeJS.Signals | null): number {
  return code === 130 && signal === 'SIGTERM' ? 143 : code;
}
