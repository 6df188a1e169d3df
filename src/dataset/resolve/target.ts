/** `target` resolved: the layout of the keys, and how files are written. */
import { unitAt } from '../../core/grain.js';
import type { Layout } from '../../core/layout.js';
import { parseLocation } from '../../core/location.js';
import { parseLayout } from '../../core/layout.js';
import type { WriteOptions } from '../../engine/transform-engine.js';
import type { Reporter } from '../reporter.js';
import type { Target, TargetObject } from '../schema/target.js';
import type { Path } from '../yaml/source.js';
import { attempt } from './attempt.js';
import type { ResolvedPartition } from './partition.js';
import { templateVariables } from './template-variables.js';

export interface ResolvedTarget {
  readonly target: string;
  readonly layout: Layout;
  readonly table: 'hive';
  readonly partitionColumns: 'drop' | 'keep';
  readonly write: WriteOptions;
}

const MAX_FILE_BYTES = 512 * 1024 * 1024;
const ZSTD_LEVEL = 3;

/** Null after problems were reported. */
export function resolveTarget(
  definition: Target,
  partition: ResolvedPartition,
  projectDir: string,
  reporter: Reporter,
): ResolvedTarget | null {
  const before = reporter.count;
  const object: TargetObject = typeof definition === 'string' ? { url: definition } : definition;
  const path: Path = typeof definition === 'string' ? ['target'] : ['target', 'url'];
  const write = resolveWrite(object, reporter);
  const layout = attempt(reporter, path, () =>
    parseLayout(object.url, (root) => parseLocation(root, projectDir), templateVariables(partition)),
  );
  if (layout === null) return null;
  checkRoot(layout, path, reporter);
  checkValues(layout, partition, reporter);
  if (reporter.count !== before) return null;
  const { partitionColumns = 'drop' } = object;
  return { target: object.url, layout, table: 'hive', partitionColumns, write };
}

function resolveWrite(object: TargetObject, reporter: Reporter): WriteOptions {
  const { compression = 'zstd', compressionLevel } = object;
  if (compressionLevel !== undefined && compression !== 'zstd') {
    reporter.at(['target', 'compressionLevel'], `${compression} has no levels; remove the level or use zstd`);
  }
  return {
    compression,
    compressionLevel: compression === 'zstd' ? (compressionLevel ?? ZSTD_LEVEL) : null,
    rowGroupRows: object.rowGroupRows ?? null,
    maxFileBytes: object.maxFileBytes ?? MAX_FILE_BYTES,
    sortBy: object.sortBy ?? [],
  };
}

/** The journal stands beside the root, in the same store. */
function checkRoot(layout: Layout, path: Path, reporter: Reporter): void {
  const { store, path: root } = layout.root;
  if (root === '') {
    reporter.at(
      path,
      `the target fills all of ${store}, which leaves no place beside it for its journal; add a prefix before the first variable`,
    );
  }
  if (root.split('/').includes('_lakefill')) {
    reporter.at(
      path,
      "the target lies in a '_lakefill' prefix, where journals and staged files are kept; choose another prefix",
    );
  }
}

/** Every listed value must be able to stand in the path, and come back from it. */
function checkValues(layout: Layout, partition: ResolvedPartition, reporter: Reporter): void {
  const { time, values } = partition;
  const sample: Record<string, string | null> = Object.fromEntries(
    values.map(({ name, from, values: [first] }) => [
      name,
      from === undefined ? (first?.value ?? null) : 'x',
    ]),
  );
  if (time !== null)
    sample[time.name] = 'value' in time.start ? time.start.value : unitAt(time.grain, 0, 'UTC');
  for (const variable of values) {
    variable.values.forEach(({ value }, i) => {
      const path = ['partition', variable.name, 'values', i];
      const key = attempt(reporter, path, () => layout.format({ ...sample, [variable.name]: value }));
      if (key === null || layout.parse(key)?.[variable.name] === value) return;
      reporter.at(
        path,
        `the target's template does not give the value '${value}' back; choose another template or value`,
      );
    });
  }
}
