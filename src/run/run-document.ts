/** The run document, `lakefill.run/1`: what a run did, partition by partition. */
import type { CheckOutcome } from '../check/outcome.js';
import type { Outcome } from '../journal/entry.js';
import { hintForAll, hintOfAny } from '../plan/external.js';
import type { HeldKey, PlanOptions } from '../plan/plan.js';
import type { Unverified } from '../store/object-store.js';

export const RUN_FORMAT = 'lakefill.run/1';

export type { CheckOutcome };

export interface PartitionOutcome {
  readonly key: string;
  readonly outcome: Outcome;
  /** Generation that readers find now, as the journal has it; `standing` says where that is not so, or not known. */
  readonly generation: number | null;
  readonly attempts: number;
  readonly rows: {
    readonly input: Readonly<Record<string, number>>;
    readonly output: number | null;
    readonly previous: number | null;
  };
  readonly files: number;
  readonly bytes: number;
  readonly contentHash: string | null;
  readonly checks: readonly CheckOutcome[];
  /** Why it did not end promoted; for `unchanged` and `skipped` the code of the reason. */
  readonly error: { readonly code: string; readonly message: string; readonly hint: string | null } | null;
  readonly seconds: {
    readonly fetch: number;
    readonly transform: number;
    readonly check: number;
    readonly stage: number;
    readonly promote: number;
  };
  /** It was promoted, and its files stand where readers found none before. */
  readonly appeared?: true;
  /** Objects beside ours that lakefill did not write and left alone. */
  readonly foreign?: readonly string[];
  /**
   * What is known of the files there where they are not those of `generation`: a publication was cut in this phase of its journal;
   * nothing, or other files, stand there; or they could not be looked at.
   */
  readonly standing?: 'promoting' | 'cleaning' | 'aborting' | 'nothing' | 'other' | 'unknown';
  /** What it read that could not be compared with a checksum of its store; absent where there is nothing of the kind. */
  readonly unverified?: readonly UnverifiedInput[];
}

export interface UnverifiedInput {
  readonly input: string;
  /** So many of its objects. */
  readonly objects: number;
  readonly reason: Unverified;
}

/** What a catalogue must be told of the partitions that appeared: each statement is SQL of Hive, Athena and Spark, without `;`. */
export interface NewPartitions {
  readonly partitions: number;
  /** Finds them all by listing the table. */
  readonly repair: string;
  /** Name them: `ALTER TABLE ... ADD IF NOT EXISTS PARTITION (...) LOCATION '...' ...`. */
  readonly statements: readonly string[];
}

/** Keys that the plan left alone for one reason and one remedy. */
export interface HeldGroup {
  readonly code: string;
  readonly hint: string;
  readonly keys: number;
}

export interface RunDocument {
  readonly format: typeof RUN_FORMAT;
  readonly id: string;
  readonly plan: string;
  readonly command: string;
  readonly requestedBy: string;
  readonly reason: string | null;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly exitCode: number;
  readonly guarantee: string;
  readonly engine: string;
  readonly counts: Readonly<Partial<Record<Outcome, number>>>;
  /** How its plan said to publish, which `retry` keeps to; absent where there was no plan, and in documents of older versions. */
  readonly options?: Pick<PlanOptions, 'batch' | 'stageOnly' | 'together'>;
  /** ISO: until when output that was staged and not promoted is kept. Only where there is some. */
  readonly stagedUntil?: string;
  /** Partitions of other datasets (and later ones of the same) that read what this run changed; absent where there are none. */
  readonly downstream?: readonly { readonly dataset: string; readonly partitions: number }[];
  /** Of a past run that is asked for: its datasets whose journal was lost or cannot be read since; absent where there are none. */
  readonly notes?: readonly HistoryNote[];
  readonly datasets: readonly {
    readonly dataset: string;
    readonly target: string;
    readonly partitions: readonly PartitionOutcome[];
    /** How a Hive catalogue learns of the partitions that appeared; absent where none did, or where folders are not all `col=value`. */
    readonly newPartitions?: NewPartitions;
    /** What the plan left alone, by reason; absent where nothing was. */
    readonly held?: readonly HeldGroup[];
    /** Keys of which nothing could be found out; absent where there are none. With some, the exit code is not 0. */
    readonly unknown?: readonly HeldKey[];
  }[];
}

/** A dataset whose journal was lost or cannot be read, so that its history is not all there. */
export interface HistoryNote {
  readonly dataset: string;
  readonly code: string;
  readonly message: string;
}

/** By code and remedy, in the order of their first keys. */
export function groupHeld(held: readonly HeldKey[]): HeldGroup[] {
  const groups = new Map<string, [HeldKey, ...HeldKey[]]>();
  for (const one of held) {
    const name = `${one.code}\n${hintOfAny(one)}`;
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [one]);
    else group.push(one);
  }
  return [...groups.values()].map((group) => ({
    code: group[0].code,
    hint: hintForAll(group),
    keys: group.length,
  }));
}

/** The member `downstream`, or no member. */
export function withDownstream(
  downstream: NonNullable<RunDocument['downstream']>,
): Pick<RunDocument, 'downstream'> {
  return downstream.length > 0 ? { downstream } : {};
}
