/**
 * The port to an engine: a job (input files, SQL, parameters, limits) becomes checked-to-be files in a folder.
 *
 * An engine sees only local files under names of lakefill's own making; it knows nothing of stores, keys,
 * journals or verdicts. Failures that belong to the job (bad SQL, unreadable input, memory, time, a crash of
 * the engine's process) are `LakefillError`s with TRANSFORM_*, ENGINE_* or INPUT_UNREADABLE; one job's failure
 * never harms another's.
 */

/** A value bound as a parameter or fixed for a path column. Dates and instants are texts so that jobs are JSON. */
export type EngineValue =
  | { readonly type: 'text'; readonly value: string | null }
  | { readonly type: 'integer'; readonly value: number | null }
  /** ISO date, `2025-01-03`. */
  | { readonly type: 'date'; readonly value: string | null }
  /** Instant, milliseconds since the epoch; bound as TIMESTAMP WITH TIME ZONE. */
  | { readonly type: 'instant'; readonly value: number | null };

export type InputFormat = 'parquet' | 'csv' | 'json' | 'ndjson';

export interface EngineFile {
  /** Absolute local path inside the job's folder. */
  readonly file: string;
  /** What the object is called in the lake, for messages only. */
  readonly shownAs: string;
  /** Values of the `col=value` columns of the object's path, by column name. A column that the file itself has wins. */
  readonly pathColumns: Readonly<Record<string, EngineValue>>;
}

export interface EngineInput {
  /** The view's name in the SQL. */
  readonly name: string;
  readonly format: InputFormat;
  /** May be empty when the input is not required: then the view has the columns of `columns`, or cannot be used. */
  readonly files: readonly EngineFile[];
  /** Reader options of the definition (`delimiter`, `header`, `columns: {name: type}` ...). */
  readonly options: Readonly<Record<string, unknown>>;
}

export interface WriteOptions {
  readonly compression: 'zstd' | 'snappy' | 'gzip' | 'lz4' | 'uncompressed';
  /** zstd only, 1..22. */
  readonly compressionLevel: number | null;
  /** Rows per row group; null is the engine's own. */
  readonly rowGroupRows: number | null;
  /** Files are split near this many bytes; null never splits. */
  readonly maxFileBytes: number | null;
  /** Output order, `column` or `column desc`. */
  readonly sortBy: readonly string[];
}

/** Up to five rows to show when a measure found something. */
export interface MeasureSample {
  readonly name: string;
  /** Query over `output` and the inputs; the engine takes its first five rows. */
  readonly sql: string;
  /** Column of the measure's row: the sample is taken when its value is above zero. */
  readonly when: string;
}

/** SQL around the number of distinct values of one column that are not NULL, which the engine counts in the quickest way. */
export interface AroundDistinct {
  /** Name of the column, unquoted. */
  readonly distinct: string;
  readonly before: string;
  readonly after: string;
}

export type Aggregate = string | AroundDistinct;

/**
 * What is asked of the staged data: a query over the view `output` (the staged files as written, with the dropped path
 * columns as constants) and the inputs that gives exactly one row, or aggregate expressions over `output` by name, which
 * the engine evaluates together with those of all other measures in one scan.
 */
export type Measure = {
  readonly name: string;
  /** Columns of `output` that it names: it is left out, and said so in `unmeasured`, when one is missing. */
  readonly columns?: readonly string[];
  readonly samples?: readonly MeasureSample[];
} & ({ readonly sql: string } | { readonly aggregates: Readonly<Record<string, Aggregate>> });

/** Why a measure has no row: columns that the output does not have, or what the engine said. */
export interface Unmeasured {
  readonly missingColumns: readonly string[];
  readonly error: string | null;
}

export interface EngineLimits {
  readonly memoryBytes: number;
  readonly threads: number;
  readonly timeoutMs: number;
}

export interface TransformJob {
  /** Absolute folder of this job alone: inputs are in it, output goes to `output/` in it, spill to `spill/`. */
  readonly folder: string;
  readonly inputs: readonly EngineInput[];
  /** One SELECT; null passes the only input through. */
  readonly sql: string | null;
  /** By name without `$`. */
  readonly parameters: Readonly<Record<string, EngineValue>>;
  /** Columns of the SELECT by the names under which they are written; everything below uses the new names. */
  readonly rename?: Readonly<Record<string, string>>;
  /** IANA zone of the session. */
  readonly timezone: string;
  /** Output columns that must not be in the files: path columns of the target. Those that the output lacks are ignored; one that holds more than its value in `expectColumns` says is TRANSFORM_REFUSED. */
  readonly dropColumns: readonly string[];
  readonly write: WriteOptions;
  /** Evaluated on the staged files after they are written; not when rows are foreign or there are none. */
  readonly measures: readonly Measure[];
  /** Expected values of output columns: rows that disagree are counted in `foreignRows`. Columns that the output lacks are not checked. */
  readonly expectColumns: Readonly<Record<string, EngineValue>>;
  /** Those of `expectColumns` that the definition names, by its partition variable: TRANSFORM_REFUSED where the output lacks one. */
  readonly namedColumns?: Readonly<Record<string, string>>;
  /** Time column whose values must lie in `[start, end)` (instants), else counted in `foreignRows`. */
  readonly expectRange: { readonly column: string; readonly start: number; readonly end: number } | null;
  readonly limits: EngineLimits;
}

export interface Column {
  readonly name: string;
  /** DuckDB's name of the type, upper case: `BIGINT`, `TIMESTAMP WITH TIME ZONE`, `DECIMAL(18,2)`. */
  readonly type: string;
}

export interface OutputFile {
  /** Absolute local path. */
  readonly file: string;
  readonly size: number;
  readonly rows: number;
  readonly sha256: string;
}

export interface TransformResult {
  /** In a stable order, in `output/` of the job's folder; empty when no row came out or rows are foreign. */
  readonly files: readonly OutputFile[];
  readonly rows: number;
  /** Columns of the files. */
  readonly schema: readonly Column[];
  /** Rows read, by input name. */
  readonly inputRows: Readonly<Record<string, number>>;
  /** Output rows that do not belong to the partition, and up to five of them. When there are any, nothing was written. */
  readonly foreignRows: { readonly count: number; readonly samples: readonly Record<string, unknown>[] };
  /** The one row of each measure, by measure name. Counts are numbers. */
  readonly measures: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Measures without a row, by measure name. */
  readonly unmeasured: Readonly<Record<string, Unmeasured>>;
  /** Rows of the samples that were taken, by sample name. */
  readonly samples: Readonly<Record<string, readonly Record<string, unknown>[]>>;
  /** Seconds of the steps inside the engine. */
  readonly seconds: { readonly transform: number; readonly check: number };
}

export interface QueryJob {
  readonly folder: string;
  readonly inputs: readonly EngineInput[];
  /** Files to expose as the view `output`; null when the query does not use it. */
  readonly output: readonly string[] | null;
  /** Constant columns of `output` that its files do not hold (the path columns of a partition). */
  readonly outputColumns?: Readonly<Record<string, EngineValue>>;
  readonly sql: string;
  readonly parameters: Readonly<Record<string, EngineValue>>;
  readonly timezone: string;
  /** At most this many rows come back. */
  readonly maxRows: number;
  readonly limits: EngineLimits;
}

export interface SqlInspection {
  /** Null when the text is one query. Otherwise what is wrong, with line and column (1-based) where known. */
  readonly problem: {
    readonly code: 'TRANSFORM_SYNTAX' | 'TRANSFORM_REFUSED';
    readonly message: string;
    readonly line: number | null;
    readonly column: number | null;
  } | null;
  /** Parameter names used, without `$`. */
  readonly parameters: readonly string[];
  /** Table names used that no CTE defines. */
  readonly tables: readonly string[];
  /** Canonical tree of the statement (formatting, comments and identifier case gone); null where it cannot be made. */
  readonly tree: string | null;
  /** Name of the algorithm behind `tree`, engine version included. */
  readonly treeAlgorithm: string;
}

export interface TransformEngine {
  /** Name and version for run documents, such as `duckdb 1.5.6`. */
  readonly name: string;
  transform(job: TransformJob, signal?: AbortSignal): Promise<TransformResult>;
  /** Rows as JSON-safe objects (64-bit integers as strings when unsafe). */
  query(job: QueryJob, signal?: AbortSignal): Promise<readonly Record<string, unknown>[]>;
  /** Looks at SQL without running it. */
  inspect(sql: string): Promise<SqlInspection>;
  /** Ends every child process. */
  close(): Promise<void>;
}

export interface EngineOptions {
  /** Most processes at once; each runs one job at a time. */
  readonly processes: number;
  /** Bytes for all running jobs together: one whose limit does not fit waits until it does, or runs alone. */
  readonly memoryBytes: number;
  /** Absolute folder that holds the folders of jobs; it must exist when a job in it runs. A job elsewhere is sandboxed in its own folder, at 20 ms more. */
  readonly folder?: string | null;
}

/** The engines of one project. They share what has seen no data: idle processes and what is known of SQL. */
export interface TransformEngines {
  /** Starts nothing before the first job. */
  open(options: EngineOptions): TransformEngine;
  /** Makes processes (one if not said) ready for first jobs that are likely to come. */
  warm(processes?: number): void;
  /** After every engine was closed. */
  close(): Promise<void>;
}
