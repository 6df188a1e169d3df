/** Listings: every lie raises, and reading in parallel gives the same answer as one chain. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listAll } from '../../../src/store/object-store.js';
import { listObjects } from '../../../src/store/s3/list.js';
import { compareBytes } from '../../../src/core/byte-order.js';
import { expectCode } from '../conformance.js';
import { bytes, s3Fixture, type S3Fixture } from './fixtures.js';
import type { Lie } from '../../support/s3-server/index.js';

let fixture: S3Fixture;
beforeEach(async () => {
  fixture = await s3Fixture({ sizes: { page: 10 } });
});
afterEach(() => fixture.close());

const keyAt = (i: number) =>
  `s/year=${2000 + Math.floor(i / 250)}/month=${10 + (Math.floor(i / 25) % 10)}/part-${10000 + i}`;
const simulate = (count: number) => fixture.server.buckets.get('lake')!.simulate({ count, keyAt, size: 7 });
const keys = (count: number) => Array.from({ length: count }, (_, i) => keyAt(i)).sort(compareBytes);
const listPages = () => fixture.server.requests.filter((r) => r.operation === 'ListObjectsV2').length;

describe('a listing that lies', () => {
  const lies: Lie[] = [
    'short',
    'empty',
    'html',
    'foreign',
    'unsorted',
    'no-token',
    'repeat-token',
    'cut',
    'other-prefix',
  ];
  it.each(lies)('%s, on its third page, raises', async (lie) => {
    simulate(100);
    fixture.server.faults.plant({
      operation: 'ListObjectsV2',
      nth: 3,
      times: Infinity,
      action: { kind: 'lie', lie },
    });
    const seen: string[] = [];
    await expectCode(
      (async () => {
        for await (const page of fixture.store.list('s/')) seen.push(...page.map((o) => o.path));
      })(),
      'STORE_LISTING_INVALID',
    );
    expect(seen).toEqual(keys(100).slice(0, 20));
  });

  it('fails on page 3 with a server error: an error, not a short answer', async () => {
    simulate(100);
    const action = { kind: 'status', status: 500, code: 'InternalError' } as const;
    fixture.server.faults.plant({ operation: 'ListObjectsV2', nth: 3, times: 99, action });
    await expectCode(listAll(fixture.store, 's/'), 'STORE_UNAVAILABLE');
  });

  it('breaks off without a length: an error', async () => {
    simulate(100);
    const action = { kind: 'truncate', bytes: 1500, silent: true } as const;
    fixture.server.faults.plant({ operation: 'ListObjectsV2', action });
    await expectCode(listAll(fixture.store, 's/'), 'STORE_LISTING_INVALID');
  });

  it('is also refused by one level', async () => {
    await fixture.store.put('a/b', bytes('x'), { kind: 'overwrite' });
    fixture.server.faults.plant({ operation: 'ListObjectsV2', action: { kind: 'lie', lie: 'html' } });
    await expectCode(fixture.store.listLevel(''), 'STORE_LISTING_INVALID');
  });
});

describe('a long listing', () => {
  it('is the same by one chain, by cuts that were found, and by expected prefixes', async () => {
    simulate(1000);
    const wanted = keys(1000);
    expect((await listAll(fixture.store, 's/')).map((o) => o.path)).toEqual(wanted);
    const levels = fixture.server.requests.filter((r) => r.query.get('delimiter') === '/');
    expect(levels.length).toBeGreaterThan(0);

    const expected = wanted.map((key) => key.slice(0, key.lastIndexOf('/') + 1));
    for (const cuts of [
      [],
      expected,
      ['s/year=2001/', 's/nothing/like/this', 's/year=2002/month=13/part-10590'],
    ]) {
      const pages = [];
      const context = contextOf(fixture);
      for await (const page of listObjects(context, { prefix: 's/', after: '', cuts })) pages.push(...page);
      expect(pages.map((o) => o.path)).toEqual(wanted);
    }
    const separately = [];
    for (const prefix of [...new Set(expected)]) separately.push(...(await listAll(fixture.store, prefix)));
    expect(separately.map((o) => o.path)).toEqual(wanted);
  });

  it('goes on after a path in the middle of a range', async () => {
    simulate(1000);
    const wanted = keys(1000);
    const rest = await listAll(fixture.store, 's/', { after: wanted[700]! });
    expect(rest.map((o) => o.path)).toEqual(wanted.slice(701));
  });

  it('of flat keys has no cuts, and is read all the same', async () => {
    const flat = (i: number) => `f/${String(i).padStart(5, '0')}`;
    fixture.server.buckets.get('lake')!.simulate({ count: 95, keyAt: flat, size: 1 });
    expect(await listAll(fixture.store, 'f/')).toHaveLength(95);
  });

  it('raises when one of its ranges fails', async () => {
    simulate(1000);
    const action = { kind: 'lie', lie: 'short' } as const;
    fixture.server.faults.plant({ operation: 'ListObjectsV2', nth: 60, times: Infinity, action });
    await expectCode(listAll(fixture.store, 's/'), 'STORE_LISTING_INVALID');
  });

  it('asks for nothing more once the reader has stopped', async () => {
    simulate(4000);
    let read = 0;
    for await (const page of fixture.store.list('s/')) {
      read += page.length;
      if (read >= 100) break;
    }
    // 400 pages would be all; those under way when the reader stopped may still arrive.
    expect(listPages()).toBeLessThan(200);
  });

  it('of a short prefix costs one request', async () => {
    simulate(9);
    expect(await listAll(fixture.store, 's/')).toHaveLength(9);
    expect(listPages()).toBe(1);
  });
});

describe('keys', () => {
  it('of every kind come back as they are, from listings, copies and batch deletions', async () => {
    const { store } = fixture;
    const awkward = [
      'a b',
      'a+b',
      'a%20b',
      'ä/ö=ü',
      'x&<y>"\'',
      '(1)!*~',
      'dt=2025-01-01 00%3A00',
      '😀',
      '\uffee',
      'tab\there',
      'cr\rlf\n',
      '\u0001',
      '?versionId=1',
      '#',
      'back\\slash',
      'a//b',
      './x',
      '%',
    ];
    for (const key of awkward) {
      const put = await store.put(`k/${key}`, bytes(key), { kind: 'create' });
      if (put.outcome !== 'done') throw new Error('lost');
      expect(await store.copy(`k/${key}`, put.object.etag, `copy/${key}`)).toMatchObject({ outcome: 'done' });
      expect(await store.get(`copy/${key}`)).toMatchObject({ outcome: 'found' });
    }
    const listed = await listAll(store, 'k/');
    expect(listed.map((o) => o.path)).toEqual(awkward.map((key) => `k/${key}`).sort(compareBytes));
    const deleted = await store.delete(listed.map(({ path, etag }) => ({ path, etag })));
    expect(deleted.every((d) => d.outcome === 'deleted')).toBe(true);
    expect(await listAll(store, 'k/')).toEqual([]);
  });
});

/** The context inside the store: listings take cuts that the port does not offer yet. */
function contextOf(of: S3Fixture) {
  return (of.store as unknown as { context: Parameters<typeof listObjects>[0] }).context;
}
