/**
 * `init --from`: a project whose dataset reads an existing prefix. The prefix itself is only read: the proposed target is a
 * new local folder, so that the proposal can be tried before anything is pointed at a real lake.
 */
import path from 'node:path';
import { systemClock } from '../clock.js';
import { isLakefillError, type LakefillError } from '../core/errors.js';
import { intervalOf } from '../core/grain.js';
import { formatLocation, lastSegment, type Location, parseLocation } from '../core/location.js';
import type { TransformEngine } from '../engine/transform-engine.js';
import { parts } from '../parts.js';
import type { ObjectInfo, ObjectStore } from '../store/object-store.js';
import { createStores } from '../store/open-store.js';
import { readColumns } from './init-columns.js';
import type { SampleColumns } from './init-columns.js';
import { definitionOf, sqlOf } from './init-definition.js';
import { type ProjectFile, SETTINGS } from './init-files.js';
import { byLikelihood, formatOf } from './init-format.js';
import { readFileNames } from './init-file-names.js';
import { proposeLayout } from './init-layout.js';
import { notesOf } from './init-notes.js';
import { surveyPrefix } from './init-survey.js';
import type { PassedOver } from './init-survey.js';

export interface Proposal {
  readonly files: readonly ProjectFile[];
  /** Folder below the project's that the target fills. */
  readonly output: string;
  /** What was assumed. */
  readonly notes: readonly string[];
}

/** `url` is a URL, or a path from the working directory. `dir` is the absolute folder of the project to be. */
export async function proposeProject(url: string, dir: string, signal?: AbortSignal): Promise<Proposal> {
  const table = parts(systemClock);
  const root = parseLocation(url.endsWith('/') ? url : `${url}/`, process.cwd());
  const stores = createStores(table.stores, { stores: [] });
  const engine = table.engines.open({ processes: 1, memoryBytes: 1024 ** 3 });
  try {
    return await propose(await stores.open(root.store), engine, root, dir, signal);
  } finally {
    await engine.close();
    await table.engines.close();
    await stores.close();
  }
}

async function propose(
  store: ObjectStore,
  engine: TransformEngine,
  root: Location,
  dir: string,
  signal: AbortSignal | undefined,
): Promise<Proposal> {
  const survey = await surveyPrefix(store, root, signal);
  const folders = proposeLayout(survey);
  const files = folders.time === null ? readFileNames(survey.objects) : null;
  const layout =
    files === null
      ? folders
      : {
          ...folders,
          time: files.time,
          template: `${folders.template}${files.time.name}={${files.time.name}}/`,
        };
  const { time } = layout;
  const unitOf = (candidate: ObjectInfo) => files?.unitOf(candidate) ?? time?.last;
  const { object, columns, unreadable } = await sampleOf(files?.objects ?? survey.objects, (candidate) => {
    const unit = unitOf(candidate);
    const interval = time === null || unit === undefined ? null : intervalOf(time.grain, unit, 'UTC');
    return readColumns(
      { store, object: candidate, format: formatOf(candidate.path).format, interval },
      engine,
      signal,
    );
  });
  const { format, glob, certain } = formatOf(object.path);
  const name = lastSegment(root.path).replace(/[^A-Za-z0-9_-]/g, '_') || 'data';
  const output = freeFolder(root, dir);
  const notes = notesOf({
    store: root.store,
    layout,
    sample: object,
    columns,
    unit: files === null ? 'folder' : 'file',
    passedOver: [...survey.passedOver, ...(files?.passedOver ?? []), ...unreadable],
    strays: [...survey.strays, ...(files === null ? otherwiseNamed(survey.objects, object, unreadable) : [])],
    place: `./${output}/${name}/`,
  });
  const input = `${relativeTo(dir, root)}${folders.template}${files?.file ?? glob}`;
  const written = [
    { path: 'lakefill.yaml', text: SETTINGS },
    {
      path: `partitions/${name}.yaml`,
      text: definitionOf({ name, output, input, layout, format, certain, columns, notes }),
    },
    { path: `partitions/${name}.sql`, text: sqlOf(columns, layout) },
  ];
  return { files: written, output, notes };
}

/** Objects that are tried before it is said that they cannot be read. */
const TRIES = 3;

/** The likeliest that can be read. */
async function sampleOf(
  objects: readonly ObjectInfo[],
  read: (object: ObjectInfo) => Promise<SampleColumns>,
): Promise<{ object: ObjectInfo; columns: SampleColumns; unreadable: PassedOver[] }> {
  const unreadable: PassedOver[] = [];
  let first: LakefillError | null = null;
  for (const object of byLikelihood(objects).slice(0, TRIES)) {
    try {
      return { object, columns: await read(object), unreadable };
    } catch (error) {
      if (!isLakefillError(error, 'INPUT_UNREADABLE')) throw error;
      first ??= error;
      unreadable.push({ path: object.path, why: 'cannot be read' });
    }
  }
  throw first!;
}

/** Those of the sample's folder that its glob does not take, without those that are told as unreadable. */
function otherwiseNamed(
  objects: readonly ObjectInfo[],
  sample: ObjectInfo,
  unreadable: readonly PassedOver[],
): ObjectInfo[] {
  const { glob } = formatOf(sample.path);
  if (glob === '*') return [];
  const told = new Set(unreadable.map((one) => one.path));
  return objects.filter((object) => formatOf(object.path).glob !== glob && !told.has(object.path));
}

/** Below the project's folder where it is, as the definition then moves with the project. */
function relativeTo(dir: string, root: Location): string {
  const text = formatLocation(root);
  if (root.store !== 'file:///') return text;
  const relative = path.relative(dir, text).split(path.sep).join('/');
  return relative === '' || relative.startsWith('..') ? text : `./${relative}/`;
}

/** A folder of the project that neither holds the prefix nor lies in it. */
function freeFolder(root: Location, dir: string): string {
  const source = root.store === 'file:///' ? `/${root.path}` : null;
  const overlaps = (folder: string) =>
    source !== null && (`${folder}/`.startsWith(source) || source.startsWith(`${folder}/`));
  return ['lake', 'clean', 'published'].find((name) => !overlaps(path.join(dir, name))) ?? 'lakefill-output';
}
