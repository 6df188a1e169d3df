/**
 * A dataset: one definition, resolved. Data only; every default is filled in, every text parsed, every
 * location absolute. What the words mean is `docs/reference/dataset.md`.
 */
import type { InputFormat, WriteOptions } from '../engine/transform-engine.js';
import type { Grain } from '../core/grain.js';
import type { Instant } from '../core/instant.js';
import type { InputTemplate } from '../core/input-template.js';
import type { Layout } from '../core/layout.js';
import type { PartitionKey } from '../core/partition-key.js';

export interface TimeVariable {
  readonly name: string;
  readonly grain: Grain;
  /** IANA name. */
  readonly timezone: string;
  /** Canonical value of the first partition, or milliseconds back from now. */
  readonly start: { readonly value: string } | { readonly rollingMs: number };
  /** Canonical value of the last partition, included; null: open. */
  readonly end: string | null;
  /** Milliseconds after the interval's end at which the partition is due. */
  readonly availableAfter: number;
  readonly exclude: readonly ExcludeRule[];
  /** Output column whose values must lie in the interval; null: not checked. */
  readonly column: string | null;
}

export type ExcludeRule =
  /** 1 = Monday .. 7 = Sunday; day grain. */
  | { readonly kind: 'weekday'; readonly weekday: number }
  /** Canonical values, both included. */
  | { readonly kind: 'range'; readonly from: string; readonly to: string };

export interface ValuesVariable {
  readonly name: string;
  /** The input whose listing gives the values; absent for a list of them. Then `values` is empty. */
  readonly from?: string;
  readonly values: readonly {
    readonly value: string;
    /** Canonical values of the time variable between which this value exists, both included. */
    readonly start: string | null;
    readonly end: string | null;
  }[];
  readonly column: string | null;
}

export interface DatasetInput {
  /** View name in the SQL. */
  readonly name: string;
  readonly template: InputTemplate;
  /** Another dataset of the project whose target this input reads; null for a plain lake input. */
  readonly dataset: string | null;
  /** Which units of time that dataset expects; null for a plain lake input and without a time variable. A rolling start is null. */
  readonly upstream?: {
    readonly start: string | null;
    readonly end: string | null;
    readonly exclude: readonly ExcludeRule[];
  } | null;
  /** `self: -1` (the previous partition) or `self: 0`; null otherwise. */
  readonly self: -1 | 0 | null;
  /** How the input is cut in time; null when it has no time variable. */
  readonly grain: Grain | null;
  readonly timezone: string;
  /** Input grains read before the first and after the last overlapping prefix, such as [-2, 0]. */
  readonly window: readonly [number, number];
  readonly require: 'all' | 'any' | 'none' | 'window';
  readonly onChange: 'stale' | 'ignore';
  readonly marker: string | null;
  /** Milliseconds of the source's retention; null: for ever. */
  readonly keeps: number | null;
  readonly format: InputFormat;
  readonly options: Readonly<Record<string, unknown>>;
}

export interface CheckDefinition {
  /** `notNull`, `unique`, ... */
  readonly rule: string;
  /** The rule's options as its own schema parsed them. */
  readonly options: unknown;
  readonly severity: 'error' | 'warn';
  /** Stable name shown everywhere and taken by `--accept`: `notNull(order_id)`. */
  readonly name: string;
}

export interface Dataset {
  readonly name: string;
  /** Absolute path of the YAML file. */
  readonly file: string;
  readonly layout: Layout;
  /** The target's template or URL as written, with variables expanded: for documents. */
  readonly target: string;
  readonly table: 'hive';
  readonly partitionColumns: 'drop' | 'keep';
  readonly write: WriteOptions;
  readonly time: TimeVariable | null;
  readonly values: readonly ValuesVariable[];
  readonly inputs: readonly DatasetInput[];
  /** The SELECT; null passes the only input through. `file` is for messages. */
  readonly transform: {
    readonly sql: string;
    readonly file: string;
    /** Line of the SQL's first line in `file`, 1-based. */ readonly line: number;
  } | null;
  readonly checks: readonly CheckDefinition[];
  readonly schema: {
    readonly policy: 'strict' | 'additive' | 'any';
    readonly columns: Readonly<Record<string, string>> | null;
    readonly rename: Readonly<Record<string, string>>;
  };
  readonly stale: {
    readonly onInput: boolean;
    readonly onDefinition: boolean;
    readonly olderThan: number | null;
    /** So many files below so many bytes make a partition stale; null: none do. */
    readonly smallFiles: { readonly below: number; readonly files: number } | null;
  };
  readonly allowEmpty: boolean;
  readonly together: boolean;
  /** Milliseconds for which the previous generation can be restored; 0: not kept. */
  readonly rollbackKeep: number;
  readonly limits: {
    readonly partitions: number;
    readonly inputBytes: number | null;
    /** Bytes for one engine process; null: the project's. */
    readonly memory: number | null;
    /** Milliseconds for one partition's transform. */
    readonly timeout: number;
  };
  readonly owner: string | null;
  readonly description: string | null;
  readonly tags: readonly string[];
}

/** What `lakefill.yaml` says, resolved. */
export interface ProjectSettings {
  /** Absolute folder of the project. */
  readonly dir: string;
  readonly stores: readonly {
    readonly prefix: string;
    readonly options: Readonly<Record<string, unknown>>;
  }[];
  /** Location text for the control prefix where a root is at the top of a bucket. */
  readonly control: string | null;
  /** Absolute scratch folder; null: beside the control prefix for local targets, else the system's. */
  readonly scratch: string | null;
  readonly concurrency: {
    readonly partitions: number | null;
    readonly requests: number;
    readonly uploads: number;
  };
  /** Bytes for all engine processes together; null: half of the machine's. */
  readonly memory: number | null;
}

export interface Project {
  readonly settings: ProjectSettings;
  /** In order of name. */
  readonly datasets: readonly Dataset[];
}

/** A key that the definition expects, whether due yet or not. */
export interface ExpectedKey {
  readonly partition: PartitionKey;
  /** Instant from which it is expected; null without a time variable (always due). */
  readonly due: Instant | null;
}
