/** Comparing two contents of one partition: their files brought into a work folder, the engine asked a handful of questions. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Dataset } from '../dataset/dataset.js';
import type { Column, EngineInput, QueryJob, TransformEngine } from '../engine/transform-engine.js';
import { LakefillError } from '../core/errors.js';
import type { ObjectStore } from '../store/object-store.js';
import type { RunContext } from './context.js';
import type { DiffRow, PartitionDiff } from './diff-document.js';
import type { Side, Sides } from './diff-sides.js';
import {
  changedSql,
  describeSql,
  isNumeric,
  onlySql,
  sharedColumns,
  sideSql,
  totalsSql,
} from './diff-sql.js';
import type { Comparison, SideName } from './diff-sql.js';

export interface CompareContext {
  readonly context: RunContext;
  readonly engine: TransformEngine;
  readonly dataset: Dataset;
  readonly store: ObjectStore;
  /** An empty folder of this comparison alone. */
  readonly folder: string;
}

type Compared = Omit<PartitionDiff, 'key' | 'error'>;
type Row = Readonly<Record<string, unknown>>;

const SAMPLES = 5;

/** Throws the engine's errors, and INPUT_CHANGED when a file was replaced meanwhile. */
export async function compareSides(compare: CompareContext, sides: Sides): Promise<Compared> {
  const inputs = [
    await fetchSide(compare, 'before', sides.before),
    await fetchSide(compare, 'after', sides.after),
  ].filter((input) => input.files.length > 0);
  const present = new Set(inputs.map(({ name }) => name as SideName));
  const ask = (sql: string, maxRows = 1) =>
    compare.engine.query(jobOf(compare, inputs, sql, maxRows), compare.context.signal);
  const columnsOf = async (name: SideName, side: Side) =>
    present.has(name)
      ? ((await ask(describeSql(name), Number.MAX_SAFE_INTEGER)) as unknown as Column[])
      : (side.schema ?? []);

  const before = await columnsOf('before', sides.before);
  const after = await columnsOf('after', sides.after);
  const known = { before, after };
  const key = keyOf(compare.dataset, present, known);
  const factsOf = async (name: SideName): Promise<Row> =>
    present.has(name) ? (await ask(sideSql(name, known[name], key.by)))[0]! : { rows: 0, repeated: 0 };
  const facts = { before: await factsOf('before'), after: await factsOf('after') };
  const repeats = Number(facts.before['repeated']) + Number(facts.after['repeated']) > 0;
  const by = repeats ? null : key.by;
  const notes = [
    ...sides.notes,
    ...key.notes,
    ...(repeats
      ? [`(${key.by!.join(', ')}) does not tell all rows apart, so whole rows were compared.`]
      : []),
  ];
  const comparison: Comparison = { shared: sharedOf(present, known), by, present };
  const rowCount = (name: SideName) => Number(facts[name]['rows']);
  return {
    before: { ...sides.before.told, rows: rowCount('before') },
    after: { ...sides.after.told, rows: rowCount('after') },
    schema: schemaChanges(before, after),
    by,
    ...(await rowsOf(comparison, ask, rowCount)),
    sums: sumsOf(known, facts),
    notes,
  };
}

/** Of a side without files the other one's columns are taken, so that its rows can be shown. */
function sharedOf(present: ReadonlySet<SideName>, known: Record<SideName, readonly Column[]>) {
  const of = (name: SideName) => (present.has(name) ? known[name] : null);
  const [before, after] = [of('before'), of('after')];
  return sharedColumns(before ?? after ?? [], after ?? before ?? []);
}

async function rowsOf(
  comparison: Comparison,
  ask: (sql: string, maxRows?: number) => Promise<readonly Row[]>,
  rowCount: (name: SideName) => number,
): Promise<Pick<Compared, 'rows' | 'columns' | 'samples'>> {
  const { shared, by } = comparison;
  if (shared.length === 0) {
    const [onlyBefore, onlyAfter] = [rowCount('before'), rowCount('after')];
    const samples = { onlyBefore: [], onlyAfter: [], changed: [] };
    return { rows: { onlyBefore, onlyAfter, changed: null, equal: 0 }, columns: [], samples };
  }
  const totals = (await ask(totalsSql(comparison)))[0]!;
  const count = (name: string) => Number(totals[name]);
  const both = count('changed') + count('same');
  const only = async (side: SideName) =>
    count(`only_${side}`) === 0
      ? []
      : (await ask(onlySql(comparison, side), SAMPLES)).map((row) => named(comparison, row, 'c'));
  const changed = count('changed') === 0 ? [] : await ask(changedSql(comparison), SAMPLES);
  return {
    rows: {
      onlyBefore: count('only_before'),
      onlyAfter: count('only_after'),
      changed: by === null ? null : count('changed'),
      equal: count('same'),
    },
    columns:
      by === null
        ? []
        : shared.map(({ name }, i) => ({
            name,
            equal: count(`m${i}`),
            compared: both,
            ratio: both === 0 ? null : count(`m${i}`) / both,
          })),
    samples: {
      onlyBefore: await only('before'),
      onlyAfter: await only('after'),
      changed: changed.map((row) => ({
        before: named(comparison, row, 'b'),
        after: named(comparison, row, 'a'),
      })),
    },
  };
}

function named({ shared }: Comparison, row: Row, letter: string): DiffRow {
  return Object.fromEntries(shared.map(({ name }, i) => [name, row[`${letter}${i}`] ?? null]));
}

/** The columns of the first `unique` check that both sides have; path columns are the same in every row of a partition. */
function keyOf(
  dataset: Dataset,
  present: ReadonlySet<SideName>,
  known: Record<SideName, readonly Column[]>,
): { readonly by: readonly string[] | null; readonly notes: readonly string[] } {
  const unique = dataset.checks.find(({ rule }) => rule === 'unique');
  if (!unique) return { by: null, notes: [] };
  const constant = new Set(dataset.layout.pathColumns.map(({ name }) => name.toLowerCase()));
  const wanted = (unique.options as readonly string[]).filter((name) => !constant.has(name.toLowerCase()));
  const spelled = wanted.map((name) =>
    sharedOf(present, known).find((column) => column.name.toLowerCase() === name.toLowerCase()),
  );
  if (wanted.length === 0 || present.size === 0) return { by: null, notes: [] };
  if (spelled.every((column) => column !== undefined))
    return { by: spelled.map(({ name }) => name), notes: [] };
  const note = `A side lacks a column of ${unique.name}, so whole rows were compared.`;
  return { by: null, notes: [note] };
}

function schemaChanges(before: readonly Column[], after: readonly Column[]): PartitionDiff['schema'] {
  const old = new Map(before.map(({ name, type }) => [name, type]));
  const names = new Set(after.map(({ name }) => name));
  return {
    added: after.filter(({ name }) => !old.has(name)),
    removed: before.filter(({ name }) => !names.has(name)),
    changed: after.flatMap(({ name, type }) => {
      const was = old.get(name);
      return was === undefined || was === type ? [] : [{ name, before: was, after: type }];
    }),
  };
}

function sumsOf(
  known: Record<SideName, readonly Column[]>,
  facts: Record<SideName, Row>,
): PartitionDiff['sums'] {
  const sumOf = (side: SideName, name: string) => {
    const i = known[side].filter(isNumeric).findIndex((column) => column.name === name);
    return i < 0 ? null : ((facts[side][`s${i}`] ?? null) as number | string | null);
  };
  const names = new Set([...known.before, ...known.after].filter(isNumeric).map(({ name }) => name));
  return [...names].map((name) => ({ name, before: sumOf('before', name), after: sumOf('after', name) }));
}

async function fetchSide(compare: CompareContext, name: SideName, side: Side): Promise<EngineInput> {
  const { context, store } = compare;
  const folder = path.join(compare.folder, name);
  await mkdir(folder);
  const files = await Promise.all(
    side.files.map((object, i) =>
      context.transfers(async () => {
        const file = path.join(folder, `f${String(i).padStart(5, '0')}.parquet`);
        const options = context.signal ? { signal: context.signal } : {};
        const got = await store.download(object.path, object.etag, file, options);
        if (got.outcome !== 'done')
          throw new LakefillError('INPUT_CHANGED', `${object.path} changed while it was being read.`, {
            hint: 'Compare again.',
          });
        return { file, shownAs: object.path, pathColumns: {} };
      }),
    ),
  );
  return { name, format: 'parquet', files, options: {} };
}

function jobOf(
  { context, dataset, folder }: CompareContext,
  inputs: readonly EngineInput[],
  sql: string,
  maxRows: number,
): QueryJob {
  const { memoryBytes, processes, threads } = context.capacity;
  return {
    folder,
    inputs,
    output: null,
    sql,
    parameters: {},
    timezone: dataset.time?.timezone ?? 'UTC',
    maxRows,
    limits: {
      memoryBytes: dataset.limits.memory ?? memoryBytes,
      threads: processes * threads,
      timeoutMs: dataset.limits.timeout,
    },
  };
}
