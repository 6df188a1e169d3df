/** Fetch: exactly the planned versions of a task's input objects, as files of our own names in its folder. */
import path from 'node:path';
import { mkdir } from 'node:fs/promises';
import type { LimitFunction } from 'p-limit';
import type { DatasetInput } from '../dataset/dataset.js';
import type { Column, EngineFile, EngineInput, EngineValue } from '../engine/transform-engine.js';
import type { ObjectInfo, ObjectStore, Unverified } from '../store/object-store.js';
import type { InputFacts } from '../source/input-facts.js';
import { formatLocation } from '../core/location.js';
import type { UnverifiedInput } from './run-document.js';

export interface FetchedInput {
  readonly facts: InputFacts;
  readonly store: ObjectStore;
  readonly engineInput: EngineInput;
  /** One for each object that could not be compared with a checksum. */
  readonly unverified: readonly Unverified[];
  /** Objects that are read where they are. */
  readonly linked: readonly ObjectInfo[];
}

/** An object was not what was listed any more: the name for people. */
export interface MovedInput {
  readonly moved: string;
}

export interface FetchRequest {
  readonly folder: string;
  readonly inputs: readonly { readonly facts: InputFacts; readonly store: ObjectStore }[];
  /** Bounds the downloads of the whole run. */
  readonly limit: LimitFunction;
  /** Columns of the dataset's own files, where they are known: of a previous partition that does not exist. */
  readonly baseline: readonly Column[] | null;
  readonly signal: AbortSignal | undefined;
}

/** All inputs, or the first object that moved. Files are hard links where the store can make them: never write to them. */
export async function fetchInputs(request: FetchRequest): Promise<readonly FetchedInput[] | MovedInput> {
  const fetched: FetchedInput[] = [];
  for (const [i, { facts, store }] of request.inputs.entries()) {
    const folder = path.join(request.folder, `in${i}`);
    await mkdir(folder);
    const results = await Promise.all(
      facts.objects.map((object, n) =>
        request.limit(() => fetchObject(folder, facts.input, store, object, n, request.signal)),
      ),
    );
    const moved = results.find((result): result is MovedInput => 'moved' in result);
    if (moved) return moved;
    const objects = results as FetchedObject[];
    const { name, format } = facts.input;
    const options =
      facts.objects.length > 0 ? facts.input.options : emptyOptions(facts.input, request.baseline);
    const files = objects.map(({ file }) => file);
    const unverified = objects.flatMap((object) => object.unverified ?? []);
    const linked = facts.objects.filter((_, n) => objects[n]!.linked);
    fetched.push({ facts, store, engineInput: { name, format, options, files }, unverified, linked });
  }
  return fetched;
}

const TYPES = { date: 'DATE', integer: 'BIGINT', text: 'VARCHAR' } as const;

/** What a view without files needs: its columns, as far as they are known, and those of the path. */
function emptyOptions(
  { self, options, template }: DatasetInput,
  baseline: readonly Column[] | null,
): DatasetInput['options'] {
  const declared = options['columns'] as Readonly<Record<string, string>> | undefined;
  const own = self === null ? null : baseline;
  if (declared === undefined && own === null) return options;
  const columns = Object.fromEntries([
    ...template.pathColumns.map(({ name, type }) => [name, TYPES[type]]),
    ...(own ?? []).map(({ name, type }) => [name, type]),
    ...Object.entries(declared ?? {}),
  ]);
  return { ...options, columns };
}

/** What could not be compared with a checksum, by input and reason. */
export function unverifiedInputs(fetched: readonly FetchedInput[]): UnverifiedInput[] {
  return fetched.flatMap(({ facts, unverified }) =>
    [...new Set(unverified)].map((reason) => ({
      input: facts.input.name,
      objects: unverified.filter((one) => one === reason).length,
      reason,
    })),
  );
}

interface FetchedObject {
  readonly file: EngineFile;
  readonly unverified: Unverified | null;
  readonly linked: boolean;
}

async function fetchObject(
  folder: string,
  input: DatasetInput,
  store: ObjectStore,
  object: ObjectInfo,
  n: number,
  signal: AbortSignal | undefined,
): Promise<FetchedObject | MovedInput> {
  const shownAs = formatLocation({ store: store.url, path: object.path });
  const file = path.join(folder, `f${String(n).padStart(5, '0')}${extensionOf(object.path)}`);
  const result = await store.download(object.path, object.etag, file, signal ? { signal } : {});
  if (result.outcome !== 'done') return { moved: shownAs };
  const { unverified, linked } = result;
  return { file: { file, shownAs, pathColumns: pathColumns(input, object.path) }, unverified, linked };
}

/** Readers choose by extension: only known ones are kept, in lower case. */
function extensionOf(objectPath: string): string {
  return /\.(parquet|csv|json|ndjson|jsonl|tsv|txt)(\.(gz|zst))?$/i.exec(objectPath)?.[0].toLowerCase() ?? '';
}

function pathColumns(input: DatasetInput, objectPath: string): Record<string, EngineValue> {
  const texts = input.template.columns(objectPath);
  return Object.fromEntries(
    input.template.pathColumns
      .filter((c) => c.name in texts)
      .map((c) => [c.name, typed(c.type, texts[c.name] ?? null)]),
  );
}

/** A path text as its column's type: what the template promises, which the text has matched. */
export function typed(type: 'date' | 'integer' | 'text', text: string | null): EngineValue {
  if (type === 'integer') return { type, value: text === null ? null : Number(text) };
  return { type, value: text };
}

/**
 * The first object read through a hard link that is not the listed version any more: a writer that changes files in place reaches
 * through one. A copy of our own is the version that was listed, and what comes after it is the next scan's to tell.
 */
export async function movedSince(
  fetched: readonly FetchedInput[],
  limit: LimitFunction,
): Promise<string | null> {
  const checks = fetched.flatMap(({ linked, store }) =>
    linked.map((object) =>
      limit(async () => {
        const there = await store.head(object.path);
        return there?.etag === object.etag && there.size === object.size
          ? null
          : formatLocation({ store: store.url, path: object.path });
      }),
    ),
  );
  return (await Promise.all(checks)).find((moved) => moved !== null) ?? null;
}
