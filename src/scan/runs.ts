/** Statuses folded for display: ranges of equal status, and a strip of fixed width in which the worst of each cell shows. Pure. */
import type { Reason, Status } from './status.js';

/** What folding needs; a partition of a scan document is one. */
export interface Foldable {
  readonly key: string;
  readonly status: Status;
  readonly reasons: readonly Reason[];
}

export interface StatusRun {
  readonly status: Status;
  /** Code of the first reason; null for plain fresh. */
  readonly code: string | null;
  readonly first: string;
  readonly last: string;
  readonly count: number;
}

/** Neighbours of equal status and first reason, folded, in order. No key is lost or counted twice; empty for none. */
export function foldRuns(keys: Iterable<Foldable>): StatusRun[] {
  const runs: { -readonly [Name in keyof StatusRun]: StatusRun[Name] }[] = [];
  for (const { key, status, reasons } of keys) {
    const code = reasons[0]?.code ?? null;
    const last = runs.at(-1);
    if (last?.status === status && last.code === code) {
      last.last = key;
      last.count++;
    } else runs.push({ status, code, first: key, last: key, count: 1 });
  }
  return runs;
}

/** From what needs attention first to what needs none. */
export const BY_SEVERITY: readonly Status[] = [
  'unknown',
  'unreadable',
  'missing',
  'stale',
  'blocked',
  'unexpected',
  'pending',
  'fresh',
];

const SEVERITY = new Map(BY_SEVERITY.map((status, i) => [status, i]));

export interface StripCell {
  /** The worst status of the cell's keys. */
  readonly status: Status;
  readonly first: string;
  readonly last: string;
  readonly count: number;
}

/**
 * At most `width` cells of nearly equal numbers of keys, in order; each shows its worst status, so a single bad key is
 * never averaged away. Fewer keys than `width` give a cell each.
 */
export function heatStrip(keys: readonly Foldable[], width: number): StripCell[] {
  const cells = Math.min(width, keys.length);
  return Array.from({ length: cells }, (_, i) => {
    const slice = keys.slice(
      Math.floor((i * keys.length) / cells),
      Math.floor(((i + 1) * keys.length) / cells),
    );
    return { status: worst(slice), first: slice[0]!.key, last: slice.at(-1)!.key, count: slice.length };
  });
}

function worst(keys: readonly Foldable[]): Status {
  return keys.reduce<Status>(
    (w, { status }) => (SEVERITY.get(status)! < SEVERITY.get(w)! ? status : w),
    'fresh',
  );
}

/** Key of the first partition that is missing, unreadable or blocked; null when there is none. */
export function firstHole(keys: readonly Foldable[]): string | null {
  return keys.find(({ status }) => HOLES.has(status))?.key ?? null;
}

const HOLES: ReadonlySet<Status> = new Set(['missing', 'unreadable', 'blocked']);
