import { defineConfig } from 'vitest/config';

/** Suites that kill, race and explore, or drive the built command line through whole stories: `npm run test:long`. */
const LONG = [
  'test/e2e/**/*.test.ts',
  'test/publish/{crash-matrix,two-actors,s3-matrix-*,exploration,continuous-reader,foreign}.test.ts',
  'test/lakes/{collection,self,rename}.test.ts',
  'test/cli/{story,process,secrets}.test.ts',
  'test/run/{diff,staged,s3-staged,s3-trouble,outcomes}.test.ts',
  'test/docs/{how-to,how-to-pages,adopt}.test.ts',
  'test/store/s3/listing-memory.test.ts',
];
/** Suites of which everyday runs take a share and the long set everything. */
const BOTH = ['test/publish/{power-loss,soak,soak-second}.test.ts', 'test/hostile/*.test.ts'];
const long = process.env['LAKEFILL_TEST_LONG'] === '1';

export default defineConfig({
  test: {
    include: long ? [...LONG, ...BOTH] : ['test/**/*.test.ts'],
    exclude: ['test/systems/**', 'node_modules/**', ...(long ? [] : LONG)],
    globalSetup: ['test/support/build-once.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
