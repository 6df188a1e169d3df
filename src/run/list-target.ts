/** One listing of a target, as it stands now. */
import type { Dataset } from '../dataset/dataset.js';
import { inventoryOf } from '../scan/inventory.js';
import type { Inventory } from '../scan/inventory.js';
import { listAll } from '../store/object-store.js';
import type { ObjectStore } from '../store/object-store.js';

/** What cannot be listed (a link, an unreadable folder) is left out: its keys are unknown to the plan. Throws the store's error. */
export async function listTarget(
  { layout }: Dataset,
  store: ObjectStore,
  signal?: AbortSignal,
): Promise<Pick<Inventory, 'byKey'>> {
  const objects = await listAll(store, layout.root.path, {
    ...(signal === undefined ? {} : { signal }),
    onUnlisted: () => undefined,
  });
  return inventoryOf(layout, { outcome: 'listed', objects, unlisted: [] }, 0);
}
