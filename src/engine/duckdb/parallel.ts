/**
 * Whether several threads may write a query. Measured with DuckDB 1.5.6: a scan with projections and filters keeps its
 * order and gives the same bytes with one thread and with many; grouping, joins, windows and sorting do not (hash order,
 * ties), and the next run of the same inputs would look changed. Those run on one thread.
 *
 * A filter that removes rows may still move the borders of row groups when many threads run: then equal rows may be
 * written as other bytes, and a partition be published again that had not changed. Nothing else depends on it.
 */
import { stat } from 'node:fs/promises';
import type { TransformJob } from '../transform-engine.js';
import type { Parameters } from './parameters.js';
import type { Session } from './session.js';

const ORDERLY = new Set([
  'PROJECTION',
  'FILTER',
  'READ_PARQUET',
  'READ_CSV',
  'READ_JSON',
  'UNION',
  'EMPTY_RESULT',
  'UNNEST',
]);

/** An output can grow over its input: files below this part of the wanted size are surely below it. */
const GROWTH = 4;

export async function mayRunInParallel(
  session: Session,
  job: TransformJob,
  query: string,
  parameters: Parameters,
): Promise<boolean> {
  if (job.limits.threads <= 1 || job.write.sortBy.length > 0) return false;
  if (job.inputs.some((input) => input.format !== 'parquet')) return false;
  if (job.write.maxFileBytes !== null && (await bytesOf(job)) * GROWTH > job.write.maxFileBytes) return false;
  const rows = await session.rows(`EXPLAIN (FORMAT json) ${query}`, parameters);
  return operatorsOf(JSON.parse(String(rows[0]!['explain_value'])) as PlanNode[]).every((o) =>
    ORDERLY.has(o),
  );
}

async function bytesOf(job: TransformJob): Promise<number> {
  const files = job.inputs.flatMap((input) => input.files);
  const stats = await Promise.all(files.map(({ file }) => stat(file)));
  return stats.reduce((sum, { size }) => sum + size, 0);
}

interface PlanNode {
  readonly name: string;
  readonly children: readonly PlanNode[];
}

function operatorsOf(nodes: readonly PlanNode[]): string[] {
  return nodes.flatMap((node) => [node.name.trim(), ...operatorsOf(node.children)]);
}
