/** What readers of a partition find: its data objects, by listing. */
import { isDataObject } from '../../core/location.js';
import { partitionPrefix } from '../../core/layout.js';
import { hidesData } from '../../source/unlisted.js';
import { listAll } from '../../store/object-store.js';
import type { ObjectInfo, UnlistedPlace } from '../../store/object-store.js';
import type { PublishContext } from '../publisher.js';

/** Data objects under the partition's prefix, ascending by path. Throws when one may be hidden: behind a link, in a folder that cannot be read. */
export async function currentObjects(
  context: Pick<PublishContext, 'store' | 'layout'>,
  key: string,
): Promise<ObjectInfo[]> {
  const prefix = partitionPrefix(context.layout, key);
  const onUnlisted = (place: UnlistedPlace) => {
    if (hidesData(place, prefix)) throw place.error;
  };
  const listed = await listAll(context.store, prefix, { onUnlisted });
  return listed.filter((object) => isDataObject(object.path, prefix));
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
