/**
 * `init --from`: a project whose dataset reads an existing prefix. The prefix itself is only read: the proposed target is a
 * new local folder, so that the proposal can be tried before anything is pointed at a real lake.
 */
import path from 'node:path';
import { systemClock } from '../clock.js';
import { isLakefillError, type LakefillError } from '../core/errors.js';
import { intervalOf } from '../core/grain.js';
import { formatLocation, lastSegment, type Location, parseLocation } from '../core/location.js';
import type { InputFormat, TransformEngine } from '../engine/transform-engine.js';
import { parts } from '../parts.js';
import type { ObjectInfo, ObjectStore } from '../store/object-store.js';
import { createStores } from '../store/open-store.js';
import { readColumns } from './init-columns.js';
import type { SampleColumns } from './init-columns.js';
import { definitionOf, sqlOf } from './init-definition.js';
import { type ProjectFile, SETTINGS } from './init-files.js';
import { readFileNames } from './init-file-names.js';
import { proposeLayout } from './init-layout.js';
import { describePassedOver, surveyPrefix } from './init-survey.js';
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
  const passedOver = [...survey.passedOver, ...(files?.passedOver ?? []), ...unreadable];
  const name = lastSegment(root.path).replace(/[^A-Za-z0-9_-]/g, '_') || 'data';
  const output = freeFolder(root, dir);
  const notes = [
    ...(time === null
      ? ['no time in the names: every partition is listed by its values']
      : [
          'time zone: nothing in the names says it, UTC was assumed',
          `the last ${files === null ? 'folder' : 'file'} is of ${time.last}: add end: ${time.last} if nothing newer will come`,
        ]),
    ...layout.unsure,
    ...(passedOver.length > 0 ? [`passed over: ${describePassedOver(root.store, passedOver)}`] : []),
    ...(certain ? [] : [`format: the name of ${object.path} does not say it, ${format} was assumed`]),
    ...(columns.delimiter === null
      ? []
      : [
          `delimiter: the first line of ${object.path} has no comma, ${JSON.stringify(columns.delimiter)} was assumed`,
        ]),
    ...(time !== null && columns.timeColumn === null
      ? ['rows are not checked against their partition by a column: none lies in it']
      : []),
    `target: ./${output}/${name}/ is a place to try it; change it to where the partitions should go`,
  ];
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

const FORMATS: readonly (readonly [ending: RegExp, format: InputFormat])[] = [
  [/\.(parquet|pq)$/i, 'parquet'],
  [/\.csv(\.gz|\.zst)?$/i, 'csv'],
  [/\.(ndjson|jsonl)(\.gz|\.zst)?$/i, 'ndjson'],
  [/\.json(\.gz|\.zst)?$/i, 'json'],
];

/** By the name; certain when a definition would read the format from it too. */
function formatOf(file: string): {
  readonly format: InputFormat;
  readonly glob: string;
  readonly certain: boolean;
} {
  for (const [ending, format] of FORMATS) {
    const found = ending.exec(file)?.[0];
    if (found !== undefined)
      return { format, glob: `*${found}`, certain: /^\.(parquet|csv|json|ndjson)/.test(found) };
  }
  return { format: 'parquet', glob: '*', certain: false };
}

/** Objects that are tried before it is said that they cannot be read. */
const TRIES = 3;

/** The smallest that can be read. */
async function sampleOf(
  objects: readonly ObjectInfo[],
  read: (object: ObjectInfo) => Promise<SampleColumns>,
): Promise<{ object: ObjectInfo; columns: SampleColumns; unreadable: PassedOver[] }> {
  const unreadable: PassedOver[] = [];
  let first: LakefillError | null = null;
  for (const object of objects.toSorted((a, b) => a.size - b.size).slice(0, TRIES)) {
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
