/**
 * Path columns that the files leave out although they hold more than the path says: a time of day beside the day, `7.4` beside 7.
 * Which rows are of another partition is not asked here; see belongs.ts.
 */
import { LakefillError } from '../../core/errors.js';
import type { Column, EngineValue, TransformJob } from '../transform-engine.js';
import { find } from './belongs.js';
import { guarded } from './blame.js';
import { literal, name } from './literal.js';
import type { PreparedQuery } from './prepare-query.js';
import { frameRenamed } from './rename.js';
import type { Session } from './session.js';

interface DroppedColumn {
  readonly column: Column;
  readonly expected: EngineValue;
  /** True for a row whose value the path does not give back. */
  readonly condition: string;
}

/** Null when every column that is left out can only hold what the path says, once its rows belong to the partition. */
export function lossyCondition(job: TransformJob, columns: readonly Column[]): string | null {
  const lossy = lossyColumns(job, columns);
  return lossy.length === 0 ? null : lossy.map(({ condition }) => condition).join(' OR ');
}

function lossyColumns(job: TransformJob, columns: readonly Column[]): DroppedColumn[] {
  const given = Object.entries(job.expectColumns).map(([path, expected]) => ({ name: path, expected }));
  return job.dropColumns.flatMap((dropped) => {
    const column = find(columns, dropped);
    const expected = given.find((one) => one.name.toLowerCase() === dropped.toLowerCase())?.expected;
    if (column === undefined || expected === undefined) return [];
    const finer = finerType(column.type, expected);
    if (finer === null) return [];
    const own = finer === column.type ? name(column.name) : `TRY_CAST(${name(column.name)} AS ${finer})`;
    return [
      { column, expected, condition: `${own} IS DISTINCT FROM CAST(${literal(expected)} AS ${finer})` },
    ];
  });
}

/** The type to compare in, where values of the column can be finer than the path's type. Text against text is compared whole anyway. */
function finerType(type: string, expected: EngineValue): string | null {
  if (expected.type === 'date') {
    if (type.startsWith('TIMESTAMP')) return type;
    return type === 'VARCHAR' ? 'TIMESTAMP' : null;
  }
  return expected.type === 'integer' && type === 'VARCHAR' ? 'DOUBLE' : null;
}

/** The query again, for the first row that would lose something: the error to refuse the output with. */
export async function lossError(
  session: Session,
  job: TransformJob,
  query: PreparedQuery,
): Promise<LakefillError> {
  const { sql, rename, parameters, context, columns } = query;
  const lossy = lossyColumns(job, columns);
  const values = lossy.map(
    ({ column, condition }, i) =>
      `count(*) FILTER (${condition}) AS n${i}, CAST(first(${name(column.name)}) FILTER (${condition}) AS VARCHAR) AS v${i}`,
  );
  const framed = frameRenamed(rename, `SELECT ${values.join(', ')} FROM`, sql, 'AS output_rows');
  const [row] = await guarded(session, job, framed, context, () =>
    session.rows(framed.statement, parameters),
  );
  // A query of random values may give none this time.
  const at = Math.max(
    0,
    lossy.findIndex((_, i) => Number(row![`n${i}`]) > 0),
  );
  const { column, expected } = lossy[at]!;
  const rows = Number(row![`n${at}`]);
  const sample = String(row![`v${at}`]);
  return new LakefillError(
    'TRANSFORM_REFUSED',
    `Column ${column.name} of the output (${column.type}) holds more than the path says: ${rows === 1 ? '1 row is' : `${rows} rows are`} not ` +
      `just ${expected.value}, the first is ${sample}. The files leave that column out, so this would be lost. Nothing was published.`,
    {
      hint:
        `Name the path's column otherwise in target (such as ${column.name}_key={...}/); or give this one another name, in the SQL or with ` +
        `schema: { rename: { ${column.name}: ${column.name}_value } }, also in partition.<variable>.column and the checks; or set ` +
        `target.partitionColumns: keep (readers that take ${column.name} from the path still see only ${expected.value}).`,
      context: { column: column.name, type: column.type, rows, sample },
    },
  );
}
