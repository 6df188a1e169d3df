import { describe, expect, it } from 'vitest';
import type { LifecycleRule } from '../../src/store/bucket.js';
import { lifecycleHazards } from '../../src/store/lifecycle-hazards.js';

const NOTHING: LifecycleRule = {
  id: 'tidy',
  prefix: '',
  needsTags: false,
  expires: null,
  abortsUploadsAfterDays: null,
  archives: null,
};
const PREFIXES = ['clean/sales/', 'clean/_lakefill/sales/'];
const hazards = (rule: Partial<LifecycleRule>) =>
  lifecycleHazards([{ ...NOTHING, ...rule }], 'lake', PREFIXES);

describe('a lifecycle rule', () => {
  const expires = 'Expiration.Days = 30';

  it.each([
    '',
    'c',
    'clean/',
    'clean/sales/',
    'clean/sales/dt=2024',
    'clean/_lakefill/',
    'clean/_lakefill/s',
  ])('that expires objects below "%s" is refused', (prefix) =>
    expect(hazards({ prefix, expires })).toMatchObject([{ refuses: true }]),
  );

  it.each(['raw/', 'clean/sales2/', 'clean/salesx', 'clean/_lakefill/orders/', 'clean/orders/'])(
    'that expires objects below "%s" harms nothing',
    (prefix) => expect(hazards({ prefix, expires })).toEqual([]),
  );

  it('is named with its setting, what it hits and what to change', () => {
    expect(hazards({ prefix: 'clean/sales/', expires })).toEqual([
      {
        refuses: true,
        evidence:
          'lifecycle rule "tidy" of s3://lake/ expires objects below clean/sales/ (Expiration.Days = 30 of Prefix = "clean/sales/")',
        hint: 'Remove Expiration from rule "tidy", set its Status to Disabled, or give it a Filter.Prefix that does not cover clean/sales/.',
      },
    ]);
  });

  it('that asks for a tag as well is noted', () => {
    expect(hazards({ expires, needsTags: true })).toMatchObject([{ refuses: false }]);
  });

  it.each([
    [0, 1],
    [1, 1],
    [2, 0],
    [7, 0],
  ])('that aborts uploads after %i days gives %i refusals', (abortsUploadsAfterDays, count) => {
    const found = hazards({ abortsUploadsAfterDays, id: '' });
    expect(found.filter(({ refuses }) => refuses)).toHaveLength(count);
    if (count > 0) {
      expect(found[0]!.evidence).toContain(
        `AbortIncompleteMultipartUpload.DaysAfterInitiation = ${abortsUploadsAfterDays} of all objects`,
      );
      expect(found[0]!.hint).toBe(
        'Set AbortIncompleteMultipartUpload.DaysAfterInitiation of rule without an id to 7.',
      );
    }
  });

  it('that archives is noted, one that does several things gives a hazard for each', () => {
    expect(hazards({ archives: 'Transitions: GLACIER' })).toMatchObject([{ refuses: false }]);
    expect(hazards({ expires, abortsUploadsAfterDays: 1, archives: 'Transitions: GLACIER' })).toHaveLength(3);
  });
});
