/**
 * Looks at an existing prefix the cheap way: down along its first and its last folder only, one listing per level, never
 * the whole prefix. Objects beside folders that partition are strays. A folder without data is passed over, and so is one that
 * is no date among dates. What the names mean is init-layout.ts.
 */
import { LakefillError } from '../core/errors.js';
import { decodeHiveValue } from '../core/hive.js';
import { formatLocation, isHiddenName, type Location, shownLocation } from '../core/location.js';
import type { ObjectInfo, ObjectStore } from '../store/object-store.js';
import { couldBeData } from './init-format.js';
import { oddNames, readUnits } from './init-time.js';

export interface Survey {
  /** Ends in `/`. */
  readonly root: Location;
  /** Folder names by depth, as they stand in paths: all of the first level, below it those beside the first and the last. */
  readonly levels: readonly (readonly string[])[];
  /** The names on the way to the first and to the last data. */
  readonly first: readonly string[];
  readonly last: readonly string[];
  /** Data objects in the last folder that has some; never empty. */
  readonly objects: readonly ObjectInfo[];
  /** Objects beside the folders that were looked into on the way, such as `README.txt`: no partition has a place there. */
  readonly strays: readonly ObjectInfo[];
  /** Folders that hold no data, or whose name is none like those beside it. */
  readonly passedOver: readonly PassedOver[];
}

/** Folders deeper than this are no partitions. */
const DEEPEST = 8;
/** Folders without data that are looked into before it is said that there is none. */
const PATIENCE = 50;
const byNumber = new Intl.Collator('en', { numeric: true });

/** Why a name was not followed. */
export interface PassedOver {
  /** In the store. */
  readonly path: string;
  readonly why: string;
}

interface Walk {
  readonly look: (names: readonly string[]) => Promise<Look>;
  readonly passedOver: PassedOver[];
  /** How many more folders may turn out to hold nothing. */
  patience: number;
}

/** @throws STORE_NOT_FOUND when no data is found under the prefix */
export async function surveyPrefix(
  store: ObjectStore,
  root: Location,
  signal?: AbortSignal,
): Promise<Survey> {
  const options = signal === undefined ? {} : { signal };
  const passedOver: PassedOver[] = [];
  const known = new Map<string, Look & { readonly depth: number }>();
  const lookAt = async (names: readonly string[]): Promise<Look> => {
    const prefix = `${root.path}${joined(names)}`;
    const there = known.get(prefix);
    if (there !== undefined) return there;
    const { names: all, objects } = await look(store, prefix, options);
    const odd = oddNames(all);
    for (const [name, why] of odd) passedOver.push({ path: `${prefix}${name}/`, why });
    const found = { names: all.filter((name) => !odd.has(name)), objects };
    known.set(prefix, { ...found, depth: names.length });
    return found;
  };
  const walk: Walk = { look: lookAt, passedOver, patience: PATIENCE };
  const end = await lastData(walk, root, []);
  if (end === null) throw noData(root, passedOver);
  const first = await withFirst(walk, end);
  const above = [...known.values()].filter(({ depth }) => depth < end.last.length);
  const strays = above.flatMap(({ objects }) => objects);
  return { root, ...first, last: end.last, objects: end.objects, strays, passedOver };
}

interface LastData {
  readonly last: readonly string[];
  /** Names beside those of `last`, by depth. */
  readonly beside: readonly (readonly string[])[];
  readonly objects: readonly ObjectInfo[];
}

/** The last folder that holds data; null when there is none below these names, or too many hold nothing. */
async function lastData(walk: Walk, root: Location, names: readonly string[]): Promise<LastData | null> {
  const here = await walk.look(names);
  const dataHere = here.objects.length > 0 ? { last: names, beside: [], objects: here.objects } : null;
  if (names.length === DEEPEST || (dataHere !== null && !isAboveData(here))) return dataHere;
  const values = here.names.filter(isValue);
  for (const name of (values.length > 0 ? values : here.names).toReversed()) {
    const below = [...names, name];
    const found = await lastData(walk, root, below);
    if (found !== null) return { ...found, beside: [here.names, ...found.beside] };
    if (walk.patience-- <= 0) return dataHere;
    walk.passedOver.push({ path: `${root.path}${joined(below)}`, why: 'no data in it' });
  }
  return dataHere;
}

/** Whether the data is in the folders: they are named like partitions, or are more than the objects that could be data. */
function isAboveData({ names, objects }: Look): boolean {
  if (names.length === 0) return false;
  return names.every(isPartition) || names.length > objects.filter(couldBeData).length;
}

function isPartition(name: string): boolean {
  return name.includes('=') || readUnits([name]) !== null;
}

/** The way along the first folders, as deep as the last data; where it is shallower, the last alone speaks. */
async function withFirst(walk: Walk, { last, beside }: LastData): Promise<Pick<Survey, 'levels' | 'first'>> {
  const first: string[] = [];
  const levels: string[][] = [];
  for (const names of beside) {
    const depth = levels.length;
    const isSame = joined(first) === joined(last.slice(0, depth));
    const begin = first.length === depth && !isSame ? (await walk.look(first)).names : names;
    levels.push([...new Set([...begin, ...names])].sort((a, b) => byNumber.compare(a, b)));
    const nearest = begin.filter(isValue)[0] ?? begin[0];
    if (nearest !== undefined) first.push(nearest);
  }
  return { levels, first };
}

interface Look {
  readonly names: readonly string[];
  readonly objects: readonly ObjectInfo[];
}

async function look(
  store: ObjectStore,
  prefix: string,
  options: { readonly signal?: AbortSignal },
): Promise<Look> {
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

function noData(root: Location, passedOver: readonly PassedOver[]): LakefillError {
  const where = formatLocation(root);
  const looked =
    passedOver.length === 0 ? '' : ` Looked into: ${describePassedOver(root.store, passedOver)}.`;
  return new LakefillError(
    'STORE_NOT_FOUND',
    `There is no data under ${where}; nothing was written.${looked}`,
    {
      hint: 'Give the folder that holds the partitions, such as s3://lake/raw/sales/.',
      context: { url: where },
    },
  );
}

/** Three of them with the reason, and how many more. */
export function describePassedOver(store: string, passedOver: readonly PassedOver[]): string {
  const shown = passedOver.slice(0, 3).map(({ path, why }) => `${shownLocation({ store, path })} (${why})`);
  const more = passedOver.length - shown.length;
  return shown.join(', ') + (more > 0 ? ` and ${more} more` : '');
}
