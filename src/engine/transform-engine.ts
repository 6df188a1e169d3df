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

/** One SQL query over the view `output` (the staged files as written) and the inputs; must give exactly one row. */
export interface Measure {
  readonly name: string;
  readonly sql: string;
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
  /** IANA zone of the session. */
  readonly timezone: string;
  /** Output columns that must not be in the files (path columns of the target), already checked by `measures`. */
  readonly dropColumns: readonly string[];
  readonly write: WriteOptions;
  /** Aggregate expressions over all output rows *before* columns are dropped, evaluated on the staged data; see check/. */
  readonly measures: readonly Measure[];
  /** Expected values of path columns of the target: rows that disagree are counted in `foreignRows`. */
  readonly expectColumns: Readonly<Record<string, EngineValue>>;
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
  /** In a stable order; empty when no row came out. */
  readonly files: readonly OutputFile[];
  readonly rows: number;
  /** Columns of the files. */
  readonly schema: readonly Column[];
  /** Rows read, by input name. */
  readonly inputRows: Readonly<Record<string, number>>;
  /** Output rows that do not belong to the partition, and up to five of them. */
  readonly foreignRows: { readonly count: number; readonly samples: readonly Record<string, unknown>[] };
  /** The one row of each measure, by measure name. */
  readonly measures: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Seconds of the steps inside the engine. */
  readonly seconds: { readonly transform: number; readonly check: number };
}

export interface QueryJob {
  readonly folder: string;
  readonly inputs: readonly EngineInput[];
  /** Files to expose as the view `output`; null when the query does not use it. */
  readonly output: readonly string[] | null;
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
