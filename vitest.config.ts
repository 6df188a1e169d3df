import { defineConfig } from 'vitest/config';
import { BaseSequencer } from 'vitest/node';
import type { TestSpecification } from 'vitest/node';

/** Suites that kill, race and explore, or drive the built command line through whole stories: `npm run test:long`. */
const LONG = [
  'test/e2e/**/*.test.ts',
  'test/publish/{crash-matrix,two-actors,s3-matrix-*,exploration,continuous-reader,foreign}.test.ts',
  'test/lakes/{collection,self,rename}.test.ts',
  'test/cli/{story,process,secrets}.test.ts',
  'test/run/{diff,staged,staged-moved,s3-staged,s3-trouble,outcomes,standing,time-budget}.test.ts',
  'test/api/lost-journal.test.ts',
  'test/docs/{how-to,how-to-pages,adopt}.test.ts',
  'test/store/s3/listing-memory.test.ts',
];
/** Suites of which everyday runs take a share and the long set everything. */
const BOTH = ['test/publish/{power-loss,soak,soak-second}.test.ts', 'test/hostile/*.test.ts'];
/** Files of a minute and more, which begin first: on two cores none of them is left to run alone at the end. */
const SLOWEST =
  /\/(soak|soak-second|s3-matrix-(promote|recover)|kill-(even|odd)|how-to-pages|two-actors|power-loss|story)\.test\.ts$/;
const long = process.env['LAKEFILL_TEST_LONG'] === '1';

class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isSlow = ({ moduleId }: TestSpecification) => SLOWEST.test(moduleId);
    return [...sorted.filter(isSlow), ...sorted.filter((file) => !isSlow(file))];
  }
}

export default defineConfig({
  test: {
    include: long ? [...LONG, ...BOTH] : ['test/**/*.test.ts'],
    exclude: ['test/systems/**', 'node_modules/**', ...(long ? [] : LONG)],
    globalSetup: ['test/support/build-once.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: 'forks',
    maxWorkers: 2,
    sequence: { sequencer: SlowestFirst },
  },
});
