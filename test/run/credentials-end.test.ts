/** Credentials that are about to end begin no publication: what it needs after its intent could not be done with them. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { DAYS, S3Lake } from './s3-lake.js';

let lake: S3Lake;
beforeEach(async () => {
  lake = await S3Lake.make();
});
afterEach(() => lake.close());

const inMinutes = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString();

it('nothing is published with credentials of less than five minutes; with renewed ones all is', async () => {
  for (const day of DAYS) await lake.putRaw(day, 3);
  vi.stubEnv('AWS_CREDENTIAL_EXPIRATION', inMinutes(4));
  const ending = await lake.open();
  const refused = await ending.apply(await ending.plan());
  expect(refused.counts).toEqual({ failed: 3 });
  const { error } = refused.datasets[0]!.partitions[0]!;
  expect(error!.code).toBe('STORE_CREDENTIALS');
  expect(error!.message).toContain('too soon to publish with them. Nothing was published.');
  expect(lake.paths()).toEqual([]);
  expect(lake.lake.uploads.size).toBe(0);

  vi.stubEnv('AWS_CREDENTIAL_EXPIRATION', inMinutes(6));
  const renewed = await lake.open();
  const retried = await renewed.retry(refused.id);
  expect(retried.counts).toEqual({ promoted: 3 });
});
