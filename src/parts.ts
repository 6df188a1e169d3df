/**
 * The one table of parts: stores, engines, checks, publishers. A new part is one file in its room and one line here.
 * Vendor packages behind a part are loaded when the part is first used, not before.
 */
import type { Clock } from './clock.js';
import { checkRules } from './check/rules/index.js';
import type { CheckRule } from './check/rule.js';
import type { TransformEngines } from './engine/transform-engine.js';
import { duckDbEngines } from './engine/duckdb/engine.js';
import { hivePublisher } from './publish/hive/promote.js';
import type { Publisher } from './publish/publisher.js';
import type { StoreFactory } from './store/open-store.js';
import { createLocalStore } from './store/local/local-store.js';
import { createMemoryStore } from './store/memory.js';

export interface Parts {
  readonly stores: readonly StoreFactory[];
  readonly engines: TransformEngines;
  readonly checks: readonly CheckRule[];
  readonly publishers: Readonly<Record<'hive', Publisher>>;
}

export function parts(clock: Clock): Parts {
  return {
    stores: [
      { scheme: 'file', create: () => createLocalStore({ clock }) },
      {
        scheme: 's3',
        probed: true,
        create: async (url, options, proven) => {
          const { createS3Store, parseS3Options, TO_PROBE } = await import('./store/s3/store.js');
          const bucket = url.slice('s3://'.length, -1);
          return createS3Store({
            bucket,
            options: parseS3Options(options),
            clock,
            capabilities: proven ?? TO_PROBE,
          });
        },
      },
      { scheme: 'memory', create: (url) => createMemoryStore(url, { clock }) },
    ],
    engines: duckDbEngines(),
    checks: checkRules,
    publishers: { hive: hivePublisher },
  };
}
