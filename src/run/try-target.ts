/**
 * Whether this role may do at a dataset's own prefix what a publication does there: begin an upload and give it up, delete. A
 * role may be allowed to write beside the target and not in it, or to write and not to delete, and that is found out before
 * anything is visible. Nothing shows at the target.
 */
import { sha256 } from '../core/digest.js';
import { isLakefillError } from '../core/errors.js';
import { randomId } from '../core/id.js';
import type { ObjectStore, PrepareResult } from '../store/object-store.js';

/** `folder`: a prefix that nothing else uses, for the upload's source. Throws the store's error. */
export async function tryTarget(
  store: ObjectStore,
  root: string,
  folder: string,
): Promise<PrepareResult['outcome']> {
  const path = `${root}_lakefill-doctor-${randomId()}`;
  const bytes = new TextEncoder().encode(folder);
  const source = `${folder}source`;
  const put = await store.put(source, { bytes }, { kind: 'overwrite' });
  try {
    if (put.outcome !== 'done') return 'absent';
    const prepared = await store.prepare({
      path,
      source,
      sourceEtag: put.object.etag,
      size: bytes.length,
      sha256: sha256(bytes),
      preparedPrefix: `${folder}prepared/`,
    });
    if (prepared.outcome === 'done') await store.abort(prepared.upload).catch(unlessKept);
    await store.delete([{ path, etag: null }]);
    return prepared.outcome;
  } finally {
    await store.delete([{ path: source, etag: null }]);
  }
}

/** An upload that stays for ever is the probe's finding, and no question of permissions. */
function unlessKept(error: unknown): void {
  if (!isLakefillError(error) || error.context['stillThere'] !== true) throw error;
}
