/** The condition of a write, as headers where the store takes them, and the look before it where the store cannot be trusted with them. */
import { quoted, type S3Context } from './context.js';
import { headObject } from './read.js';
import { unquoted } from './list-xml.js';
import type { PutMode } from '../object-store.js';

export function conditionOf(mode: PutMode): { IfNoneMatch?: string; IfMatch?: string } {
  switch (mode.kind) {
    case 'overwrite':
      return {};
    case 'create':
      return { IfNoneMatch: '*' };
    case 'update':
      return { IfMatch: quoted(mode.etag) };
  }
}

/** Whether the store is known to decide this condition itself. */
export function isEnforced(context: S3Context, mode: PutMode): boolean {
  if (mode.kind === 'overwrite') return true;
  return mode.kind === 'create' ? context.capabilities.putIfAbsent : context.capabilities.putIfMatch;
}

/** Whether the condition holds now: all that can be said of a store that does not enforce it. */
export async function holdsNow(
  context: S3Context,
  path: string,
  mode: PutMode,
  signal?: AbortSignal,
): Promise<boolean> {
  if (mode.kind === 'overwrite') return true;
  const head = await headObject(context, path, signal);
  if (mode.kind === 'create') return head === null;
  return head !== null && unquoted(head.output.ETag ?? '') === mode.etag;
}
