/** S3 stores on the in-process server, and what is expected of them. */
import { ALL_CLAIMED, createS3Store, type S3StoreRequest } from '../../../src/store/s3/store.js';
import { systemClock, type Clock } from '../../../src/clock.js';
import { startS3Server, type S3Server, type S3ServerOptions } from '../../support/s3-server/index.js';
import type { ObjectStore } from '../../../src/store/object-store.js';
import type { Expectations } from '../conformance.js';

export const S3: Expectations = {
  capabilities: ALL_CLAIMED,
  update: 'compares',
  listPrepared: true,
  strictPaths: false,
};

/** A clock that waits for nothing, and remembers for how long it was asked to. */
export function impatientClock(): Clock & { readonly waits: number[] } {
  const waits: number[] = [];
  return {
    waits,
    now: () => systemClock.now(),
    monotonic: () => systemClock.monotonic(),
    sleep: (ms) => {
      waits.push(ms);
      return Promise.resolve();
    },
  };
}

export interface S3Fixture {
  readonly server: S3Server;
  readonly store: ObjectStore;
  readonly clock: ReturnType<typeof impatientClock>;
  /** Another store on the same server. */
  open(request?: Partial<S3StoreRequest>): Promise<ObjectStore>;
  close(): Promise<void>;
}

/** Small parts and ranges, so that a few hundred bytes take every path of a transfer. */
export const SMALL = { single: 100, part: 100, range: 64, copyPart: 100, copy: 1000 };

export async function s3Fixture(
  request: Partial<S3StoreRequest> = {},
  serverOptions: S3ServerOptions = {},
): Promise<S3Fixture> {
  const server = await startS3Server({ minPartBytes: 10, ...serverOptions });
  const clock = impatientClock();
  const opened: ObjectStore[] = [];
  const open = async (more: Partial<S3StoreRequest> = {}) => {
    const defaults = { bucket: 'lake', env: server.env, clock, capabilities: ALL_CLAIMED };
    const store = await createS3Store({ ...defaults, ...request, ...more });
    opened.push(store);
    return store;
  };
  return {
    server,
    store: await open(),
    clock,
    open,
    close: async () => {
      for (const store of opened) await store.close();
      await server.close();
    },
  };
}

export const bytes = (text: string | Buffer): { bytes: Uint8Array } => ({ bytes: Buffer.from(text) });
