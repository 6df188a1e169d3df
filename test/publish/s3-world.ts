/** The small lake of world.ts in a bucket: through the S3 store to the in-process server, read by looking into the server. */
import { parseLayout } from '../../src/core/layout.js';
import { controlPaths } from '../../src/journal/control.js';
import type { S3StoreRequest } from '../../src/store/s3/store.js';
import type { ObjectStore } from '../../src/store/object-store.js';
import { ManualClock } from '../support/manual-clock.js';
import type { RawStore } from '../support/independent-reader.js';
import { Bucket, type S3Server } from '../support/s3-server/index.js';
import { s3Fixture, SMALL } from '../store/s3/fixtures.js';
import { bucketStore } from './bucket-store.js';
import type { World } from './world.js';

export interface S3Lakes {
  readonly server: S3Server;
  /** An empty lake in a bucket of its own; the store is its only client. */
  world(): Promise<World>;
  /** The bucket of a lake, as it stands in the server. */
  bucketOf(world: World): Bucket;
  close(): Promise<void>;
}

/** Pages of three keys, small parts, a clock that waits for nothing. */
export async function s3Lakes(request: Partial<S3StoreRequest> = {}): Promise<S3Lakes> {
  const fixture = await s3Fixture({ sizes: { ...SMALL, page: 3 }, ...request });
  const buckets = fixture.server.buckets as Map<string, Bucket>;
  let made = 0;
  return {
    server: fixture.server,
    async world() {
      made += 1;
      const bucket = new Bucket(`lake-${made}`, 'us-east-1');
      buckets.set(bucket.name, bucket);
      const store = await fixture.open({ bucket: bucket.name });
      const world = worldOf(store, '', rawBucket(bucket), () => {
        buckets.delete(bucket.name);
        fixture.server.requests.length = 0;
        void store.close();
      });
      return { ...world, aside: bucketStore(store, bucket) };
    },
    bucketOf: (world) => buckets.get(world.store.url.slice('s3://'.length, -1))!,
    close: () => fixture.close(),
  };
}

/** Keys below the prefix, once for each version of theirs that is not current and each marker of a deletion. */
export function oldVersionsOf(bucket: Bucket, prefix: string): string[] {
  return bucket
    .keys()
    .filter((key) => key.startsWith(prefix))
    .flatMap((key) =>
      bucket
        .history(key)
        .filter((version, i, all) => i < all.length - 1 || version.object === null)
        .map(() => key),
    );
}

/** A lake below `base` (ends in `/` or is empty) of a store that keeps the time of this machine. */
export function worldOf(store: ObjectStore, base: string, raw: RawStore, dispose: () => void): World {
  const layout = parseLayout(
    `${store.url}${base}lake/sales/dt={dt}/`,
    (text) => ({ store: store.url, path: text.slice(store.url.length) }),
    { dt: { kind: 'text' } },
  );
  const control = controlPaths(layout.root);
  const may = new Map<string, string[]>();
  const foreign = new Map<string, Uint8Array>();
  const expected = { root: layout.root.path, control: control.prefix, may, foreign };
  const clock = new ManualClock(Date.now());
  return { store, raw, base, dispose, clock, layout, control, may, foreign, expected };
}

/** What is in the bucket at this moment; no request is made. */
function rawBucket(bucket: Bucket): RawStore {
  return {
    snapshot: () =>
      Promise.resolve(
        new Map([...bucket.objects('')].map(([key, { content }]) => [key, content.read(0, content.size)])),
      ),
  };
}
