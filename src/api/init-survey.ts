/**
 * Looks at an existing prefix the cheap way: down along its first and its last folder only, one listing per level, never
 * the whole prefix. What the names mean is init-layout.ts.
 */
import { LakefillError } from '../core/errors.js';
import { decodeHiveValue } from '../core/hive.js';
import { formatLocation, isHiddenName, type Location } from '../core/location.js';
import type { ObjectInfo, ObjectStore } from '../store/object-store.js';

export interface Survey {
  /** Ends in `/`. */
  readonly root: Location;
  /** Folder names by depth, as they stand in paths: all of the first level, below it those beside the first and the last. */
  readonly levels: readonly (readonly string[])[];
  /** The names on the way to the first and to the last data. */
  readonly first: readonly string[];
  readonly last: readonly string[];
  /** Data objects in the last folder; never empty. */
  readonly objects: readonly ObjectInfo[];
}

/** Folders deeper than this are no partitions. */
const DEEPEST = 8;
const byNumber = new Intl.Collator('en', { numeric: true });

/** @throws STORE_NOT_FOUND when there is no data under the prefix */
export async function surveyPrefix(
  store: ObjectStore,
  root: Location,
  signal?: AbortSignal,
): Promise<Survey> {
  const options = signal === undefined ? {} : { signal };
  const levels: string[][] = [];
  const [first, last]: [string[], string[]] = [[], []];
  for (;;) {
    const end = await look(store, `${root.path}${joined(last)}`, options);
    if (end.objects.length > 0 || end.names.length === 0 || levels.length === DEEPEST) {
      if (end.objects.length === 0) throw noData(root);
      return { root, levels, first, last, objects: end.objects };
    }
    // The first chain may be shallower than the last: then the last alone speaks.
    const begin =
      first.length === last.length && joined(first) !== joined(last)
        ? await look(store, `${root.path}${joined(first)}`, options)
        : end;
    const names = [...new Set([...begin.names, ...end.names])].sort((a, b) => byNumber.compare(a, b));
    levels.push(names);
    const nearest = begin.names.filter(isValue)[0] ?? begin.names[0];
    if (nearest !== undefined) first.push(nearest);
    last.push((end.names.filter(isValue).at(-1) ?? end.names.at(-1)) as string);
  }
}

async function look(store: ObjectStore, prefix: string, options: { readonly signal?: AbortSignal }) {
  const level = await store.listLevel(prefix, options);
  const names = level.prefixes
    .map((name) => nameOf(name, prefix))
    .filter((name) => name !== '' && (!isHiddenName(name) || name.includes('=')))
    .sort((a, b) => byNumber.compare(a, b));
  const objects = level.objects.filter((object) => isData(object, prefix));
  return { names, objects };
}

/** The folder's name, whether the store gives it alone or with the prefix. */
function nameOf(listed: string, prefix: string): string {
  return (listed.startsWith(prefix) ? listed.slice(prefix.length) : listed).replace(/\/$/, '');
}

/** False for Hive's NULL, which says nothing of what values look like. */
function isValue(name: string): boolean {
  return !name.includes('=') || decodeHiveValue(name.slice(name.indexOf('=') + 1)) !== null;
}

function isData(object: ObjectInfo, prefix: string): boolean {
  const name = object.path.slice(prefix.length);
  return object.size > 0 && name !== '' && !isHiddenName(name) && !name.endsWith('_$folder$');
}

function joined(names: readonly string[]): string {
  return names.map((name) => `${name}/`).join('');
}

function noData(root: Location): LakefillError {
  const where = formatLocation(root);
  return new LakefillError('STORE_NOT_FOUND', `There is no data under ${where}; nothing was written.`, {
    hint: 'Give the folder that holds the partitions, such as s3://lake/raw/sales/.',
    context: { url: where },
  });
}
