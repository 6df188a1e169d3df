/**
 * DuckDB's errors as values. The session asks for JSON (`errors_as_json`), which carries the kind and the position; some
 * paths prefix it with `Parser Error: `, and a few errors of the binding are plain text.
 */
import { LakefillError, messageOf } from '../../core/errors.js';

export interface DuckDbError {
  /** `Parser`, `Binder`, `Catalog`, `Permission`, `Conversion`, `Invalid Input`, `Out of Memory`, `INTERRUPT`, `INTERNAL`, ... */
  readonly kind: string;
  readonly message: string;
  /** From the start of the statement, see `placeOf`; null when unknown. */
  readonly position: number | null;
}

export function readDuckDbError(error: unknown): DuckDbError {
  const text = messageOf(error);
  const json = /^(?:[\w ]+: )*(\{"exception_type"[^]*\})\s*$/.exec(text)?.[1];
  if (json !== undefined) {
    const parsed = JSON.parse(json) as Record<string, string | undefined>;
    return {
      kind: parsed['exception_type'] ?? 'Unknown',
      message: tidy(parsed['exception_message'] ?? text),
      position: parsed['position'] === undefined ? null : Number(parsed['position']),
    };
  }
  const plain = /^([A-Za-z ]+?) Error: ([^]*)$/.exec(text);
  return { kind: plain?.[1] ?? 'Unknown', message: tidy(plain?.[2] ?? text), position: null };
}

/** After these the instance can no longer be trusted. */
export function isFatal(error: DuckDbError): boolean {
  return (
    error.kind === 'INTERNAL' ||
    error.kind === 'FATAL' ||
    /database has been invalidated/i.test(error.message)
  );
}

export function isOutOfMemory(error: DuckDbError): boolean {
  return error.kind === 'Out of Memory' || /^(?:Out of Memory|std::bad_alloc)/i.test(error.message);
}

/** What is nobody's SQL to blame for: the machine's limits. Null for anything else. */
export function limitError(subject: string, error: DuckDbError, cause: unknown): LakefillError | null {
  if (isOutOfMemory(error)) {
    return new LakefillError(
      'ENGINE_MEMORY',
      `${subject} needed more memory than its limit: ${error.message}`,
      {
        hint: 'Raise limits.memory of the dataset or memory in lakefill.yaml, or make the query lighter (fewer columns, no wide sort).',
        cause,
      },
    );
  }
  if (
    /No space left on device|Disk quota exceeded|exceeds? the (?:maximum|limit)[^]*temp/i.test(error.message)
  ) {
    return new LakefillError('STORE_FULL', `${subject} found no space for its files: ${error.message}`, {
      hint: 'Free some space, or name another folder as scratch in lakefill.yaml.',
      cause,
    });
  }
  return null;
}

/** One paragraph: DuckDB's advice on its own settings is of no use here. */
function tidy(message: string): string {
  return message.split(/\n\s*\n|\nPossible (?:solutions|fixes)/)[0]!.trim();
}

/** Line and column, 1-based, column in characters. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** The place of a position in the statement. The parser counts characters, everything behind it UTF-8 bytes. */
export function placeOf(statement: string, position: number, kind: string): Place {
  if (kind !== 'Parser') return placeAt(Buffer.from(statement).subarray(0, position).toString());
  return placeAt([...statement].slice(0, position).join(''));
}

/** The place of what follows this text. */
export function placeAt(before: string): Place {
  const lines = before.split('\n');
  return { line: lines.length, column: [...lines.at(-1)!].length + 1 };
}
