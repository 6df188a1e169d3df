/**
 * Is an object a whole Parquet file? Judged by its tail: magic bytes, footer length, and a footer that parses and
 * whose column chunks lie inside the file. The pages themselves are not read: bit rot inside them is not found.
 */
import { parquetMetadata } from 'hyparquet';
import type { FileMetaData } from 'hyparquet';
import { messageOf } from '../core/errors.js';
import { SHORTEST_PARQUET } from '../source/input-facts.js';
import type { CallOptions, ObjectInfo, ObjectStore } from '../store/object-store.js';

/** One range read of this many bytes holds the footer of nearly every file. */
const TAIL_BYTES = 64 * 1024;
/** Footers beyond this are not parsed: memory stays bounded whatever the file claims. */
const LARGEST_FOOTER = 64 * 1024 * 1024;
/**
 * Bytes with their highest bit set, one after the other. A number has at most ten, a text of statistics at most 4 KiB (parquet-mr,
 * Arrow C++); for a number of 400,000 the parser takes two minutes.
 */
const LONGEST_RUN = 8192;
/** Every Parquet file begins with it. */
const MAGIC = Buffer.from('PAR1', 'latin1');

export type Footer =
  | {
      readonly outcome: 'readable';
      readonly rows: number;
      /** NULLs by column at the top level that is not nested, names as they stand; without those that the file does not count. */
      readonly nulls: ReadonlyMap<string, number>;
    }
  /** Parquet with an encrypted footer, or one that cannot be parsed here: whole as far as can be told. */
  | { readonly outcome: 'unjudged'; readonly why: string }
  | { readonly outcome: 'unreadable'; readonly why: string }
  /** Replaced or removed since it was listed. */
  | { readonly outcome: 'moved' };

/** Reads the footer of exactly the listed version. Throws the store's error: a failed read says nothing about the file. */
export async function readFooter(
  store: ObjectStore,
  object: ObjectInfo,
  options: CallOptions = {},
): Promise<Footer> {
  const read = await readEnd(store, object, options);
  return 'end' in read ? judge(read.end, object.size) : read;
}

/** The file without its pages, start and footer alone: enough for an engine to tell its columns. Null where `readFooter` finds it not whole. */
export async function readHollow(
  store: ObjectStore,
  object: ObjectInfo,
  options: CallOptions = {},
): Promise<Uint8Array | null> {
  const read = await readEnd(store, object, options);
  if (!('end' in read) || judge(read.end, object.size).outcome !== 'readable') return null;
  return Buffer.concat([MAGIC, read.end]);
}

/** The footer with its length and magic bytes, not yet looked into; or why there is none. */
async function readEnd(
  store: ObjectStore,
  object: ObjectInfo,
  options: CallOptions,
): Promise<{ readonly end: Uint8Array } | Exclude<Footer, { outcome: 'readable' }>> {
  if (object.size < SHORTEST_PARQUET) return { outcome: 'unreadable', why: tooShort(object) };
  const tail = await readTail(store, object, TAIL_BYTES, options);
  if (tail === null) return { outcome: 'moved' };
  const magic = latin1(tail.subarray(-4));
  if (magic === 'PARE') return { outcome: 'unjudged', why: 'its footer is encrypted' };
  if (magic !== 'PAR1')
    return { outcome: 'unreadable', why: 'it does not end in PAR1: truncated, or not Parquet' };
  const length = new DataView(tail.buffer, tail.byteOffset + tail.length - 8).getUint32(0, true);
  if (length + SHORTEST_PARQUET > object.size)
    return { outcome: 'unreadable', why: `its footer claims ${length} bytes of a file of ${object.size}` };
  if (length > LARGEST_FOOTER) return { outcome: 'unjudged', why: `its footer has ${length} bytes` };
  const whole = length + 8 <= tail.length ? tail : await readTail(store, object, length + 8, options);
  return whole === null ? { outcome: 'moved' } : { end: whole.subarray(-(length + 8)) };
}

/** Why a file of this size cannot be Parquet. */
export function tooShort(object: ObjectInfo): string {
  return object.size === 0
    ? 'it is empty (0 bytes)'
    : `it has only ${object.size} ${object.size === 1 ? 'byte' : 'bytes'}`;
}

function judge(footer: Uint8Array, size: number): Footer {
  if (hasEndlessNumber(footer))
    return { outcome: 'unjudged', why: 'its footer holds a number of more bytes than can be parsed' };
  try {
    // Looking for GeoParquet never ends in a schema that was damaged, and a whole file need not be refused for what is wrong there.
    return weigh(parquetMetadata(footer, { geoparquet: false }), size - footer.length);
  } catch (error) {
    // Damage also gives metadata of other types than the parser declares.
    return { outcome: 'unreadable', why: `its footer does not parse: ${messageOf(error)}` };
  }
}

function hasEndlessNumber(footer: Uint8Array): boolean {
  let run = 0;
  for (const byte of footer) {
    run = byte < 0x80 ? 0 : run + 1;
    if (run > LONGEST_RUN) return true;
  }
  return false;
}

/** `dataBytes`: of the file before its footer. */
function weigh(metadata: FileMetaData, dataBytes: number): Footer {
  const rows = metadata.row_groups.reduce((sum, group) => sum + group.num_rows, 0n);
  if (rows !== metadata.num_rows || rows < 0n)
    return { outcome: 'unreadable', why: 'its footer contradicts itself about the number of rows' };
  if (metadata.schema.some(({ num_children: children = 0 }) => children < 0))
    return { outcome: 'unreadable', why: 'its footer contradicts itself about its columns' };
  const end = BigInt(dataBytes);
  for (const { columns } of metadata.row_groups) {
    for (const { meta_data: chunk } of columns) {
      if (chunk === undefined) continue;
      // Some writers give 0 for "no dictionary", and leave the dictionary's header out of the size.
      const start = chunk.dictionary_page_offset || chunk.data_page_offset;
      if (start + chunk.total_compressed_size > end)
        return { outcome: 'unreadable', why: 'a column chunk of it lies beyond its data: bytes are missing' };
    }
  }
  return { outcome: 'readable', rows: Number(metadata.num_rows), nulls: nullsOf(metadata) };
}

/** From the statistics of the column chunks, which not every writer gives for every column. */
function nullsOf({ row_groups: groups }: FileMetaData): Map<string, number> {
  const nulls = new Map<string, number>();
  const uncounted = new Set<string>();
  for (const { columns, num_rows: rows } of groups) {
    for (const { meta_data: chunk } of columns) {
      const [name, ...nested] = chunk?.path_in_schema ?? [];
      if (chunk === undefined || name === undefined || nested.length > 0) continue;
      const counted: unknown = chunk.statistics?.null_count;
      if (typeof counted !== 'bigint' || counted < 0n || counted > rows) uncounted.add(name);
      else nulls.set(name, (nulls.get(name) ?? 0) + Number(counted));
    }
  }
  for (const name of uncounted) nulls.delete(name);
  return nulls;
}

async function readTail(
  store: ObjectStore,
  object: ObjectInfo,
  bytes: number,
  options: CallOptions,
): Promise<Uint8Array | null> {
  const range = { start: Math.max(0, object.size - bytes), end: object.size };
  const got = await store.get(object.path, { ...options, range, ifMatch: object.etag });
  return got.outcome === 'found' ? got.bytes : null;
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
