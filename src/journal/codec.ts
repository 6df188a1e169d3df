/** Bytes of journal objects: entries, facts kept beside an entry, checkpoints. Pure; validation by shape, meaning by the fold. */
import { z } from 'zod';
import { sha256 } from '../core/digest.js';
import { LakefillError } from '../core/errors.js';
import type { Fact, JournalEntry, JournalState, KeyState } from './entry.js';
import { entryShape, factShape, keyShape } from './shapes.js';

export const CHECKPOINT_FORMAT = 'lakefill.checkpoint/1';

/** Facts above this many bytes of JSON go to an object of their own. */
export const INLINE_FACTS_BYTES = 1024 * 1024;

const checkpointShape = z.object({
  format: z.literal(CHECKPOINT_FORMAT),
  sequence: z.int().positive(),
  sha256: z.string(),
  keys: z.array(keyShape),
});

export interface FactsObject {
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
}

export type StoredEntry = JournalEntry & { readonly factsObject?: FactsObject | undefined };

const utf8 = new TextEncoder();

export function encodeJson(value: unknown): Uint8Array {
  return utf8.encode(JSON.stringify(value));
}

/** Its last member is the SHA-256 of the JSON of all others, which readers of earlier versions pass over. */
export function encodeEntry(entry: StoredEntry): Uint8Array {
  return encodeJson({ ...entry, sha256: sha256(JSON.stringify(entry)) });
}

/** The entry behind the bytes of the journal object at this full place, compared with its checksum where it has one. Throws JOURNAL_CORRUPT. */
export function decodeEntry(bytes: Uint8Array, path: string): StoredEntry {
  const json = parse(bytes, path);
  const { sha256: recorded, ...entry } = check(entryShape, json, path);
  if (recorded !== undefined) {
    // Over the members as they stand there: a parsed object has them in another order.
    const others = { ...(json as object), sha256: undefined };
    if (sha256(JSON.stringify(others)) !== recorded)
      throw damaged(path, 'does not have the content that its checksum was made of');
  }
  return entry as unknown as StoredEntry;
}

export function decodeFacts(bytes: Uint8Array, object: FactsObject, place: string): readonly Fact[] {
  if (bytes.length !== object.size || sha256(bytes) !== object.sha256)
    throw damaged(place, 'does not have the recorded bytes');
  return check(z.array(factShape), parse(bytes, place), place) as unknown as readonly Fact[];
}

export function encodeCheckpoint(state: JournalState): Uint8Array {
  const keys = [...state.keys.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  return encodeJson({
    format: CHECKPOINT_FORMAT,
    sequence: state.sequence,
    sha256: sha256(JSON.stringify(keys)),
    keys,
  });
}

/** The state in a checkpoint, or null when the object is not one that can be trusted (then entries are folded instead). */
export function decodeCheckpoint(bytes: Uint8Array): JournalState | null {
  try {
    const json: unknown = JSON.parse(new TextDecoder().decode(bytes));
    const parsed = checkpointShape.parse(json);
    // Over the members as they stand there: a parsed object has them in another order.
    const { keys } = json as { keys: KeyState[] };
    if (sha256(JSON.stringify(keys)) !== parsed.sha256) return null;
    return { sequence: parsed.sequence, keys: new Map(keys.map((k) => [k.key, k])) };
  } catch {
    return null;
  }
}

function parse(bytes: Uint8Array, path: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw damaged(path, 'is not JSON', cause);
  }
}

function check<T>(shape: z.ZodType<T>, json: unknown, path: string): T {
  const result = shape.safeParse(json);
  if (!result.success) {
    const issue = result.error.issues[0];
    throw damaged(
      path,
      `is not a journal object of this version (${issue?.path.join('.')}: ${issue?.message})`,
    );
  }
  return result.data;
}

function damaged(path: string, what: string, cause?: unknown): LakefillError {
  return new LakefillError('JOURNAL_CORRUPT', `The journal object ${path} ${what}. Nothing was changed.`, {
    hint: 'Upgrade lakefill if a newer version wrote it; otherwise restore it from a backup of the control prefix.',
    context: { path },
    cause,
  });
}
