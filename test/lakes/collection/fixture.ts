/** What a lake of the collection is: a project, what a source delivers, and what must come of it. */
import path from 'node:path';
import { mkdirSync } from 'node:fs';
import { quoted, select } from '../../e2e/duck.js';
import type { TestLake } from '../../e2e/lake.js';

export interface Fixture {
  readonly name: string;
  /** Files of the project, by path. */
  readonly files: Readonly<Record<string, string>>;
  /** Puts the source's files into the lake. */
  deliver(lake: TestLake): Promise<void>;
  /** What the first scan says, by `dataset/key`. */
  readonly first: Readonly<Record<string, string>>;
  /** Rows that readers find when all is made, by folder of the lake. */
  readonly rows: Readonly<Record<string, number>>;
  /** A query over the rows of the first of these folders, and its only row. */
  readonly answer: readonly [sql: string, row: Readonly<Record<string, unknown>>];
  /** Files of the source that are uploaded once more with the same content. */
  readonly uploadedAgain: readonly string[];
  /** Files of the source whose upload is no reason to make anything again. */
  readonly ignored?: readonly string[];
  /** Makes the source deliver nothing for one partition that allows it; the keys that are then empty. */
  readonly emptied?: { deliver(lake: TestLake): Promise<void>; readonly keys: readonly string[] };
}

const FORMATS: readonly (readonly [RegExp, string])[] = [
  [/\.parquet$/, 'FORMAT parquet'],
  [/\.csv\.gz$/, "FORMAT csv, DELIMITER ';', HEADER true, COMPRESSION gzip"],
  [/\.ndjson\.zst$/, 'FORMAT json, ARRAY false, COMPRESSION zstd'],
];

/** One file of a SELECT, in the format that its name tells. */
export async function put(lake: TestLake, file: string, sql: string): Promise<void> {
  const target = lake.path(file);
  mkdirSync(path.dirname(target), { recursive: true });
  const format = FORMATS.find(([pattern]) => pattern.test(file))![1];
  await select(`COPY (${sql}) TO ${quoted(target)} (${format})`);
}
