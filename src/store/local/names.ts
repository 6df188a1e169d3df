/**
 * Names of files that the local store makes beside the objects: temporary files, and uploads that are prepared and not
 * visible. They begin with `.`, which readers of lakes skip, and listings never show them. Pure.
 */
import { randomId } from '../../core/id.js';
import type { Instant } from '../../core/instant.js';

const TEMPORARY = /^\.lakefill-tmp-[0-9a-f]{16}(?:-probe-.{2,3})?$/;
const PREPARED = /^\.lakefill-up-([0-9a-z]+)-[0-9a-f]{16}-([A-Za-z0-9_-]*)$/;
/** Names end at 255 bytes on all common file systems; what is longer goes on in a folder below. */
const CHUNK = 200;

/** A new name for a file that is being written; it lives in the folder of its final name. */
export function temporaryName(): string {
  return `.lakefill-tmp-${randomId()}`;
}

/** A temporary name with a letter that has two cases and two Unicode forms. */
export function foldingProbeName(): string {
  return `${temporaryName()}-probe-a\u00e9`;
}

export function isTemporaryName(name: string): boolean {
  return TEMPORARY.test(name);
}

/** True for names of this file's making; no listing shows them or what is below them. */
export function isOwnName(name: string): boolean {
  return name.startsWith('.lakefill-') && (TEMPORARY.test(name) || PREPARED.test(name));
}

/** Path below the prepared prefix of a new upload to `path`: carries the final path and the time, so a listing is enough to undo it. */
export function preparedName(path: string, now: Instant): string {
  const encoded = Buffer.from(path).toString('base64url');
  const chunks = encoded.match(new RegExp(`.{1,${CHUNK}}`, 'g')) ?? [];
  return `.lakefill-up-${Math.max(0, Math.floor(now)).toString(36)}-${randomId()}-${chunks.join('/')}`;
}

/** What `preparedName` said; null for any other path. `name` is the id without its prefix. */
export function parsePreparedName(name: string): { path: string; startedAt: Instant } | null {
  const [first = '', ...rest] = name.split('/');
  const match = PREPARED.exec(first);
  if (!match || rest.some((chunk) => !/^[A-Za-z0-9_-]+$/.test(chunk))) return null;
  const path = Buffer.from(match[2] + rest.join(''), 'base64url').toString();
  return { path, startedAt: Number.parseInt(match[1]!, 36) };
}

/** The part of a prepared upload's id that `parsePreparedName` reads. */
export function nameInId(id: string): string {
  const at = id.search(/\.lakefill-up-[^/]*(?:\/[^/]+)*$/);
  return at < 0 ? '' : id.slice(at);
}
