/** What readers of a partition find: its data objects, by listing. */
import { isDataObject } from '../../core/location.js';
import { partitionPrefix } from '../../core/layout.js';
import { listAll } from '../../store/object-store.js';
import type { ObjectInfo } from '../../store/object-store.js';
import type { PublishContext } from '../publisher.js';

/** Data objects under the partition's prefix, ascending by path. */
export async function currentObjects(
  context: Pick<PublishContext, 'store' | 'layout'>,
  key: string,
): Promise<ObjectInfo[]> {
  const prefix = partitionPrefix(context.layout, key);
  return (await listAll(context.store, prefix)).filter((object) => isDataObject(object.path, prefix));
}

/** The same by name relative to the partition's prefix. */
export async function currentByName(
  context: Pick<PublishContext, 'store' | 'layout'>,
  key: string,
): Promise<Map<string, ObjectInfo>> {
  const prefix = partitionPrefix(context.layout, key);
  return new Map(
    (await currentObjects(context, key)).map((object) => [object.path.slice(prefix.length), object]),
  );
}
