/** A small lake in memory: datasets written in a few words, files by path, journal states as data. */
import type { Clock } from '../../src/clock.js';
import type { Fingerprint } from '../../src/core/fingerprint.js';
import type { Grain } from '../../src/core/grain.js';
import { parseInputTemplate } from '../../src/core/input-template.js';
import { parseLayout } from '../../src/core/layout.js';
import { parseLocation } from '../../src/core/location.js';
import type { TemplateVariables } from '../../src/core/segment.js';
import type { Dataset, DatasetInput, TimeVariable, ValuesVariable } from '../../src/dataset/dataset.js';
import { fingerprintOf } from '../../src/dataset/fingerprint.js';
import type { InputRecord, JournalState, KeyState } from '../../src/journal/entry.js';
import { absentKey } from '../../src/journal/fold.js';
import type { JournalReader } from '../../src/scan/journal-reader.js';
import { scanDataset } from '../../src/scan/scan.js';
import type { ScanRequest } from '../../src/scan/scan.js';
import type { DatasetScan } from '../../src/scan/dataset-scan.js';
import { ListingCache } from '../../src/source/listing-cache.js';
import { createMemoryStore } from '../../src/store/memory.js';
import type { ObjectInfo, ObjectStore } from '../../src/store/object-store.js';

export const STORE = 'memory://lake/';

export function manualClock(start: string | number): Clock & { set(to: string | number): void } {
  const read = (to: string | number) => (typeof to === 'number' ? to : Date.parse(to));
  let now = read(start);
  return {
    now: () => now,
    monotonic: () => now,
    sleep: () => Promise.resolve(),
    set: (to) => void (now = read(to)),
  };
}

export interface InputSketch extends Partial<Omit<DatasetInput, 'template'>> {
  readonly name: string;
  readonly url: string;
}

export interface DatasetSketch extends Partial<
  Omit<Dataset, 'time' | 'values' | 'inputs' | 'layout' | 'transform'>
> {
  readonly name?: string;
  /** Below the store. */
  readonly target?: string;
  readonly time?: (Partial<TimeVariable> & { readonly first?: string }) | null;
  readonly values?: readonly ValuesVariable[];
  readonly inputs?: readonly InputSketch[];
  readonly sql?: string | null;
}

export function sketch(words: DatasetSketch = {}): Dataset {
  const { time: timeWords = {}, values = [], inputs = [], sql = null, target, ...rest } = words;
  const time: TimeVariable | null =
    timeWords === null
      ? null
      : {
          name: 'dt',
          grain: 'day',
          timezone: 'UTC',
          start: { value: timeWords.first ?? '2025-01-01' },
          end: null,
          availableAfter: 0,
          exclude: [],
          column: null,
          ...timeWords,
        };
  const variables = (grain = time?.grain ?? null, timezone = time?.timezone ?? 'UTC'): TemplateVariables => ({
    ...(time === null || grain === null ? {} : { [time.name]: { kind: 'time' as const, grain, timezone } }),
    ...Object.fromEntries(values.map(({ name }) => [name, { kind: 'text' as const }])),
  });
  const root = (text: string) => parseLocation(text, '/');
  const layout = parseLayout(target ?? `${STORE}clean/sales/dt={dt}/`, root, variables());
  return {
    name: 'sales',
    file: '/project/partitions/sales.yaml',
    target: layout.template,
    table: 'hive',
    partitionColumns: 'drop',
    write: { compression: 'zstd', compressionLevel: 3, rowGroupRows: null, maxFileBytes: null, sortBy: [] },
    checks: [],
    schema: { policy: 'additive', columns: null, rename: {} },
    stale: { onInput: true, onDefinition: true, olderThan: null, smallFiles: null },
    allowEmpty: false,
    together: false,
    rollbackKeep: 7 * 86_400_000,
    limits: { partitions: 400, inputBytes: null, memory: null, timeout: 3_600_000 },
    owner: null,
    description: null,
    tags: [],
    ...rest,
    layout,
    time,
    values,
    transform: sql === null ? null : { sql, file: '/project/partitions/sales.sql', line: 1 },
    inputs: inputs.map(({ url, ...input }) => {
      const template = parseInputTemplate(url, root, variables(input.grain ?? undefined, input.timezone));
      const timed = time !== null && template.variables.includes(time.name);
      return {
        dataset: null,
        self: null,
        timezone: time?.timezone ?? 'UTC',
        window: [0, 0] as const,
        require: 'all',
        onChange: template.variables.length > 0 ? 'stale' : 'ignore',
        marker: null,
        keeps: null,
        format: 'parquet',
        options: {},
        ...input,
        grain: timed ? (input.grain ?? (time.grain as Grain)) : null,
        template,
      } satisfies DatasetInput;
    }),
  };
}

export async function write(store: ObjectStore, path: string, content: string | Uint8Array = 'x'.repeat(64)) {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  const put = await store.put(path, { bytes }, { kind: 'overwrite' });
  if (put.outcome !== 'done') throw new Error(`${path} was not written`);
  return put.object;
}

export function info(path: string, over: Partial<ObjectInfo> = {}): ObjectInfo {
  return { path, size: 100, etag: `etag-${path}`, lastModified: Date.parse('2025-01-10T00:00:00Z'), ...over };
}

/** Journal state of a key whose current generation is exactly these objects. */
export function produced(
  dataset: Dataset,
  key: string,
  objects: readonly (ObjectInfo & { readonly sha256?: string })[],
  inputs: readonly InputRecord[] = [],
  over: Partial<KeyState> & { readonly definition?: Fingerprint } = {},
): KeyState {
  const prefix = `${dataset.layout.root.path}${dataset.layout.depth === 0 ? '' : `${key}/`}`;
  const { definition = fingerprintOf(dataset), ...state } = over;
  return {
    ...absentKey(key),
    generation: 1,
    highest: 1,
    files: objects.map((o) => ({
      name: o.path.slice(prefix.length),
      size: o.size,
      etag: o.etag,
      sha256: o.sha256 ?? null,
    })),
    record: { inputs, definition, rows: 7, schema: null, contentHash: null, assumed: false },
    madeBy: { run: 'run-1', plan: 'plan-1', at: '2025-01-11T00:00:00Z' },
    ...state,
  };
}

export function journalOf(...keys: readonly KeyState[]): JournalState {
  return { sequence: keys.length, keys: new Map(keys.map((state) => [state.key, state])) };
}

/** A journal that shows the states one after another, the last one for ever. */
export function showing(...states: readonly JournalState[]): JournalReader {
  let reads = 0;
  return {
    read: () => Promise.resolve(states[Math.min(reads++, states.length - 1)] ?? journalOf()),
    liveKeys: () => Promise.resolve(new Map()),
  };
}

export class Lake {
  readonly clock;
  readonly store: ObjectStore;
  readonly journals = new Map<string, JournalReader>();
  readonly datasets = new Map<string, Dataset>();

  constructor(now: string) {
    this.clock = manualClock(now);
    this.store = createMemoryStore(STORE, { clock: this.clock });
  }

  write(path: string, content?: string | Uint8Array) {
    return write(this.store, path, content);
  }

  add(dataset: Dataset, journal: JournalReader = showing()): Dataset {
    this.datasets.set(dataset.name, dataset);
    this.journals.set(dataset.name, journal);
    return dataset;
  }

  scan(dataset: Dataset, over: Partial<ScanRequest> = {}): Promise<DatasetScan> {
    return scanDataset({
      dataset,
      datasetNamed: (name) => this.datasets.get(name) ?? null,
      stores: () => this.store,
      journals: ({ name }) => this.journals.get(name) ?? showing(),
      cache: new ListingCache(),
      now: this.clock.now(),
      treeOf: () => Promise.resolve(null),
      ...over,
    });
  }
}
