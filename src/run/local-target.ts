/** What a target on a disk must be before it is written: one device, hard links, no two keys that the file system takes for one. */
import { LakefillError } from '../core/errors.js';
import { partitionPrefix } from '../core/layout.js';
import type { Dataset } from '../dataset/dataset.js';
import type { ControlPaths } from '../journal/control.js';
import type { Folding, ObjectStore } from '../store/object-store.js';

/** Throws TARGET_REFUSED. Stores without folders pass. `keys` will be written; the journal knows `known`. */
export async function checkLocalTarget(
  store: ObjectStore,
  control: ControlPaths,
  dataset: Dataset,
  keys: readonly string[],
  known: readonly string[],
): Promise<void> {
  if (!store.folders) return;
  const root = dataset.layout.root.path;
  await store.folders.checkOneDevice({
    control: control.prefix,
    root,
    prefixes: keys.map((key) => partitionPrefix(dataset.layout, key)),
  });
  const folding = await store.folders.probeFolding(control.prefix);
  const twins = folding === null ? null : foldedTwins([...known, ...keys], folding);
  if (twins === null) return;
  throw new LakefillError(
    'TARGET_REFUSED',
    `The file system of ${dataset.target} takes ${twins[0]} and ${twins[1]} for one folder. Nothing was changed.`,
    {
      hint: 'Use a file system that tells them apart, or values that differ by more than case and accents.',
      context: { dataset: dataset.name, keys: twins },
    },
  );
}

/** Two keys that are one under the file system's folding, or null. Pure. */
export function foldedTwins(
  keys: readonly string[],
  { case: foldsCase, unicode }: Folding,
): readonly [string, string] | null {
  if (!foldsCase && !unicode) return null;
  const seen = new Map<string, string>();
  for (const key of keys) {
    const normal = unicode ? key.normalize('NFC') : key;
    const folded = foldsCase ? normal.toLowerCase() : normal;
    const twin = seen.get(folded);
    if (twin !== undefined && twin !== key) return [twin, key];
    seen.set(folded, key);
  }
  return null;
}
