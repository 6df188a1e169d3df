/** The port's words, kept by the S3 store: on a faithful store, and on stores that enforce nothing or refuse conditions. */
import { NONE_CLAIMED } from '../../../src/store/s3/store.js';
import { describeStore, type StoreFixture } from '../conformance.js';
import { S3, s3Fixture, SMALL } from './fixtures.js';
import type { S3ServerOptions } from '../../support/s3-server/index.js';
import type { S3StoreRequest } from '../../../src/store/s3/store.js';
import type { S3Server } from '../../support/s3-server/index.js';

const fixture =
  (request: Partial<S3StoreRequest>, prepare?: (server: S3Server) => void, options: S3ServerOptions = {}) =>
  async (): Promise<StoreFixture> => {
    const { server, store, close } = await s3Fixture(request, options);
    prepare?.(server);
    return { store, prefix: 'lake/', cleanup: close };
  };

const tiny = { sizes: { ...SMALL, page: 2, single: 4, part: 4, range: 4, copyPart: 4, copy: 6 } };
const onePart = { minPartBytes: 1 };

describeStore('S3 store, a page and a part at a time', fixture(tiny, undefined, onePart), S3);
describeStore('S3 store', fixture({}), S3);

describeStore(
  'S3 store on a store that ignores every condition but the two that are needed',
  fixture(
    { ...tiny, capabilities: { ...NONE_CLAIMED, putIfAbsent: true, completeAfterAbortRefused: true } },
    (server) => {
      for (const condition of [
        'put-if-match',
        'copy-source-if-match',
        'delete-if-match',
        'delete-objects-etag',
      ] as const)
        server.ignored.add(condition);
    },
    onePart,
  ),
  { ...S3, capabilities: { ...NONE_CLAIMED, putIfAbsent: true, completeAfterAbortRefused: true } },
);

describeStore(
  'S3 store on a store that refuses conditions',
  fixture({ capabilities: NONE_CLAIMED }, (server) => {
    for (const condition of ['put-if-none-match', 'put-if-match', 'delete-if-match'] as const)
      server.refused.add(condition);
  }),
  { ...S3, capabilities: NONE_CLAIMED },
);
