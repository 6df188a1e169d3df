/** `lakefill.yaml` resolved, `defaults` excepted: those are laid under each dataset. */
import path from 'node:path';
import { formatLocation, parseLocation } from '../../core/location.js';
import type { ProjectSettings } from '../dataset.js';
import { isMapping } from '../merge.js';
import { DEFAULT_DATASETS } from '../project-files.js';
import { readDefinition, readValues, reportUnknown } from '../read-definition.js';
import type { Reporter } from '../reporter.js';
import { SETTINGS_KEYS, settingsShape } from '../schema/settings.js';
import type { SettingsValues } from '../schema/settings.js';
import { attempt } from './attempt.js';

export interface ResolvedSettings {
  readonly settings: ProjectSettings;
  /** Absolute folder of the definitions. */
  readonly datasets: string;
  /** Raw `defaults`; undefined without any. */
  readonly defaults: unknown;
}

const REQUESTS = 16;
const UPLOADS = 4;

/** Settings of the raw file (undefined: no file). What is wrong is reported and takes its default. */
export function resolveSettings(
  raw: unknown,
  dir: string,
  reporter: Reporter,
  defaultsReporter: Reporter,
): ResolvedSettings {
  const given = raw ?? {};
  if (!isMapping(given)) reporter.at([], 'expected a mapping of keys');
  const mapping = isMapping(given) ? given : {};
  reportUnknown(mapping, SETTINGS_KEYS, reporter);
  const values: Partial<SettingsValues> = readValues(mapping, settingsShape, reporter);
  const defaults = mapping['defaults'];
  if (defaults !== undefined) readDefinition(defaults, defaultsReporter, true);
  const { concurrency, scratch, memory } = values;
  return {
    datasets: path.resolve(dir, values.datasets ?? DEFAULT_DATASETS),
    defaults: isMapping(defaults) ? defaults : undefined,
    settings: {
      dir,
      stores: resolveStores(values.stores ?? {}, dir, reporter),
      control: null,
      scratch: scratch === undefined ? null : path.resolve(dir, scratch),
      concurrency: {
        partitions: concurrency?.partitions ?? null,
        requests: concurrency?.requests ?? REQUESTS,
        uploads: concurrency?.uploads ?? UPLOADS,
      },
      memory: memory ?? null,
    },
  };
}

/** Longest prefix first: the first that a location begins with is its own. */
function resolveStores(
  stores: NonNullable<SettingsValues['stores']>,
  dir: string,
  reporter: Reporter,
): ProjectSettings['stores'] {
  return Object.entries(stores)
    .flatMap(([written, options]) => {
      const at = ['stores', written];
      const location = attempt(reporter, at, () => parseLocation(written, dir));
      if (location === null) return [];
      const prefix = formatLocation(location);
      if (!prefix.startsWith('s3://')) {
        reporter.at(at, 'options are for s3:// prefixes only', { atKey: true });
      } else if (!prefix.endsWith('/')) {
        reporter.at(at, `a prefix ends in '/'; write ${written}/`, { atKey: true });
      }
      return [{ prefix, options }];
    })
    .sort((a, b) => b.prefix.length - a.prefix.length);
}
