/** Which file of an input is to blame for an error of DuckDB: by the path in its message, else by reading each file alone. */
import { LakefillError } from '../../core/errors.js';
import type { EngineFile, EngineInput } from '../transform-engine.js';
import { isFatal, isOutOfMemory, readDuckDbError } from './duckdb-error.js';
import type { DuckDbError } from './duckdb-error.js';
import { parquetRows } from './input-rows.js';
import { openReader } from './reader.js';
import type { Session } from './session.js';

/** Kinds that no damaged file raises: the SQL is to blame. Readers raise many others, and `error()` raises one of those. */
const OF_SQL = new Set([
  'Parser',
  'Binder',
  'Catalog',
  'Permission',
  'Conversion',
  'Not implemented',
  'INTERRUPT',
]);

/** Kinds that tell of what a file holds. */
const OF_CONTENT = new Set([
  'Invalid Input',
  'Invalid',
  'IO',
  'Serialization',
  'Out of Range',
  'Mismatch Type',
]);

/** An INPUT_UNREADABLE that names the object, or null when the inputs are not to blame. Reads inputs again to find out. */
export async function unreadableInput(
  session: Session,
  inputs: readonly EngineInput[],
  cause: unknown,
): Promise<LakefillError | null> {
  const error = readDuckDbError(cause);
  for (const input of inputs) {
    const named = input.files.find((file) => error.message.includes(file.file));
    if (named !== undefined && error.kind !== 'Permission') return unreadable(input, named, error, cause);
  }
  if (OF_SQL.has(error.kind) || isFatal(error)) return null;
  for (const input of inputs) {
    for (const file of input.files) {
      const found = await tryToRead(session, input, file);
      if (found !== null) return unreadable(input, file, found, cause);
    }
  }
  return null;
}

async function tryToRead(
  session: Session,
  input: EngineInput,
  file: EngineFile,
): Promise<DuckDbError | null> {
  try {
    const reader = await openReader(session, input, [file]);
    await session.run(`SELECT bit_xor(hash(r)) FROM ${reader.from} AS r`);
    // Texts in the footer are no data; they are read for the number of rows.
    if (input.format === 'parquet') await parquetRows(session, [file.file]);
    return null;
  } catch (error) {
    const read = readDuckDbError(error);
    return error instanceof LakefillError || read.kind === 'INTERRUPT' || isOutOfMemory(read) ? null : read;
  }
}

/** An INPUT_UNREADABLE for what is wrong with content although each file alone can be read; null for an error of another kind. */
export function unnamedInput(inputs: readonly EngineInput[], cause: unknown): LakefillError | null {
  const { kind, message } = readDuckDbError(cause);
  if (!OF_CONTENT.has(kind)) return null;
  const files = inputs.flatMap((input) => input.files);
  const named = files.reduce((said, { file, shownAs }) => said.replaceAll(file, shownAs), message);
  const names = inputs.map((input) => input.name).join(', ');
  return new LakefillError('INPUT_UNREADABLE', `Input ${names} cannot be read: ${named.split('\n')[0]}`, {
    hint: hintFor(named),
    context: { inputs: inputs.map((input) => input.name) },
    cause,
  });
}

/** What may not be read, or is written in another dialect of CSV, need not be replaced. */
export function hintFor(why: string): string {
  if (/\bsniffing file\b/i.test(why))
    return `Say how it is written in the input's options, such as options: { delimiter: ";" }, quote, header or skip; or replace the object. Nothing was written.`;
  return /permission denied|operation not permitted/i.test(why)
    ? 'Grant the user that runs lakefill read access to it; nothing was written.'
    : 'Restore or replace the object, or give its format and reader options; nothing was written.';
}

function unreadable(input: EngineInput, file: EngineFile, error: DuckDbError, cause: unknown): LakefillError {
  // The sniffer of CSV does not always know the name.
  const named = error.message
    .replaceAll(file.file, file.shownAs)
    .replace('file ""', `file "${file.shownAs}"`);
  const why = named.split('\n').slice(0, 2).join(' ');
  return new LakefillError(
    'INPUT_UNREADABLE',
    `Input ${input.name}: ${file.shownAs} cannot be read: ${why}`,
    {
      hint: hintFor(why),
      context: { input: input.name, object: file.shownAs },
      cause,
    },
  );
}
