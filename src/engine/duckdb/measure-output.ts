/** Measures over the written files: all aggregates in one scan, then each query, then the samples that are called for. */
import { isLakefillError, messageOf } from '../../core/errors.js';
import type { Aggregate, Measure, TransformResult, Unmeasured } from '../transform-engine.js';
import { aggregateSql, bitMaps } from './distinct.js';
import type { DistinctSql } from './distinct.js';
import { isOutOfMemory, readDuckDbError } from './duckdb-error.js';
import { name } from './literal.js';
import type { Parameters } from './parameters.js';
import type { Session } from './session.js';
import { trimStatement } from '../../core/sql-tokens.js';

type Row = Record<string, unknown>;
type Measured = Pick<TransformResult, 'measures' | 'unmeasured' | 'samples'>;

const SAMPLE_ROWS = 5;

/** `types`: of the columns of `output`, by name in lower case. */
export async function measureOutput(
  session: Session,
  measures: readonly Measure[],
  types: ReadonlyMap<string, string>,
  parameters: Parameters,
  rowCount: number,
): Promise<Measured> {
  const rows = new Map<string, Row>();
  const unmeasured = new Map<string, Unmeasured>();
  const present = measures.filter((measure) => {
    const missingColumns = (measure.columns ?? []).filter((column) => !types.has(column.toLowerCase()));
    if (missingColumns.length > 0) unmeasured.set(measure.name, { missingColumns, error: null });
    return missingColumns.length === 0;
  });
  const distinct = await bitMaps(session, present.flatMap(aggregatesOf), types, rowCount);
  const together = await measureTogether(session, present, parameters, distinct);
  for (const measure of present) {
    const row = together?.get(measure.name) ?? (await measureAlone(session, measure, parameters));
    if ('error' in row && row.error instanceof MeasureError) {
      unmeasured.set(measure.name, { missingColumns: [], error: row.error.message });
    } else rows.set(measure.name, row);
  }
  const samples: Record<string, readonly Row[]> = {};
  for (const measure of present) {
    for (const { name: sample, sql, when } of measure.samples ?? []) {
      if (Number(rows.get(measure.name)?.[when] ?? 0) > 0)
        samples[sample] = await sampleRows(session, sql, parameters);
    }
  }
  return { measures: Object.fromEntries(rows), unmeasured: Object.fromEntries(unmeasured), samples };
}

class MeasureError extends Error {}

const NONE: DistinctSql = new Map();

function aggregatesOf(measure: Measure): Aggregate[] {
  return 'aggregates' in measure ? Object.values(measure.aggregates) : [];
}

/** One scan for all; null when one of them cannot be evaluated, so that each is tried alone. */
async function measureTogether(
  session: Session,
  measures: readonly Measure[],
  parameters: Parameters,
  distinct: DistinctSql,
): Promise<Map<string, Row> | null> {
  const parts = measures.flatMap((measure, i) =>
    'aggregates' in measure
      ? Object.entries(measure.aggregates).map(([key, sql]) => ({
          owner: measure.name,
          key,
          sql: aggregateSql(sql, distinct),
          as: `m${i}_${key}`,
        }))
      : [],
  );
  if (parts.length === 0) return new Map();
  const select = parts.map(({ sql, as }) => `${sql} AS ${name(as)}`).join(', ');
  const row = await tried(async () => (await session.rows(`SELECT ${select} FROM output`, parameters))[0]!);
  if (row instanceof MeasureError) return null;
  const rows = new Map<string, Row>();
  for (const { owner, key, as } of parts) rows.set(owner, { ...rows.get(owner), [key]: row[as] });
  return rows;
}

async function measureAlone(
  session: Session,
  measure: Measure,
  parameters: Parameters,
): Promise<Row | { error: MeasureError }> {
  if ('aggregates' in measure) {
    const select = Object.entries(measure.aggregates).map(
      ([key, sql]) => `${aggregateSql(sql, NONE)} AS ${name(key)}`,
    );
    const row = await tried(async () => session.rows(`SELECT ${select.join(', ')} FROM output`, parameters));
    return row instanceof MeasureError ? { error: row } : row[0]!;
  }
  const found = await tried(async () => session.rows(trimStatement(measure.sql), parameters, 2));
  if (found instanceof MeasureError) return { error: found };
  if (found.length === 1) return found[0]!;
  return {
    error: new MeasureError(`it gave ${found.length === 0 ? 'no row' : 'several rows'} where one is needed`),
  };
}

async function sampleRows(session: Session, sql: string, parameters: Parameters): Promise<Row[]> {
  const found = await tried(async () => session.rows(trimStatement(sql), parameters, SAMPLE_ROWS));
  return found instanceof MeasureError ? [] : found;
}

/** The value, or what went wrong with the SQL; memory and interrupts end the job. */
async function tried<T>(work: () => Promise<T>): Promise<T | MeasureError> {
  try {
    return await work();
  } catch (error) {
    if (isLakefillError(error)) return new MeasureError(messageOf(error));
    const { kind, message } = readDuckDbError(error);
    if (kind === 'INTERRUPT' || isOutOfMemory({ kind, message, position: null })) throw error;
    return new MeasureError(message);
  }
}
