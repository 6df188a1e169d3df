/** The engine's job for one partition: files, SQL, parameters, what its rows must agree with. Pure. */
import type { PartitionKey } from '../core/partition-key.js';
import type { Dataset } from '../dataset/dataset.js';
import type { EngineValue, TransformJob } from '../engine/transform-engine.js';
import type { DatasetRun } from './dataset-run.js';
import { typed } from './fetch.js';
import type { FetchedInput } from './fetch.js';

export function taskJob(
  shared: DatasetRun,
  partition: PartitionKey,
  fetched: readonly FetchedInput[],
  folder: string,
): Omit<TransformJob, 'measures'> {
  const { dataset } = shared.open;
  const texts = dataset.layout.columns(partition.values);
  const pathColumns = Object.fromEntries(
    dataset.layout.pathColumns.map((column) => [column.name, typed(column.type, texts[column.name] ?? null)]),
  );
  const column = dataset.time?.column ?? null;
  const named = Object.fromEntries(
    dataset.values.flatMap(({ name, column: own }) => (own === null ? [] : [[name, own] as const])),
  );
  return {
    folder,
    inputs: fetched.map((input) => input.engineInput),
    sql: dataset.transform?.sql ?? null,
    parameters: parametersOf(dataset, partition),
    rename: dataset.schema.rename,
    timezone: dataset.time?.timezone ?? 'UTC',
    dropColumns: dataset.partitionColumns === 'drop' ? Object.keys(pathColumns) : [],
    write: dataset.write,
    expectColumns: { ...valuesIn(named, partition), ...pathColumns },
    namedColumns: named,
    expectRange: column !== null && partition.interval !== null ? { column, ...partition.interval } : null,
    limits: {
      memoryBytes: dataset.limits.memory ?? shared.context.capacity.memoryBytes,
      threads: shared.threads,
      timeoutMs: dataset.limits.timeout,
    },
  };
}

/** The partition's values by the output column that each of the variables names. */
function valuesIn(
  named: Readonly<Record<string, string>>,
  { values }: PartitionKey,
): Record<string, EngineValue> {
  return Object.fromEntries(
    Object.entries(named).map(([name, column]) => [column, { type: 'text', value: values[name] ?? null }]),
  );
}

/** `$partition_start`, `$partition_end`, and each partition variable by name (a DATE for day grain, text otherwise). */
function parametersOf(dataset: Dataset, partition: PartitionKey): Record<string, EngineValue> {
  const parameters: Record<string, EngineValue> = {};
  for (const [name, value] of Object.entries(partition.values)) {
    const isDay = dataset.time?.name === name && dataset.time.grain === 'day';
    parameters[name] = isDay ? { type: 'date', value } : { type: 'text', value };
  }
  if (partition.interval) {
    parameters['partition_start'] = { type: 'instant', value: partition.interval.start };
    parameters['partition_end'] = { type: 'instant', value: partition.interval.end };
  }
  return parameters;
}
