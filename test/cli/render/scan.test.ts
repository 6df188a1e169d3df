import { describe, expect, test } from 'vitest';
import { renderScan } from '../../../src/cli/render/scan.js';
import { createStyle } from '../../../src/cli/render/style.js';
import { plain, scanDocument, scanned, scannedDataset } from '../support/documents.js';

const stale = scanned(30, 'stale', {
  reasons: [{ code: 'input-changed', message: 'raw/sales/dt=2025-01-31/a.parquet is newer' }],
});
const january = Array.from({ length: 31 }, (_, i) =>
  i === 30 ? stale : scanned(i, i >= 2 && i <= 4 ? 'missing' : 'fresh'),
);
const document = scanDocument(
  scannedDataset(january),
  scannedDataset([scanned(0, 'fresh')], { dataset: 'finance/orders' }),
);

describe('text of a scan', () => {
  test('counts, first hole, strip, folded gaps, next command', () => {
    expect(renderScan(document, plain)).toEqual([
      'sales           27 fresh  3 missing  1 stale  first hole 2025-01-03',
      '  2025-01-01 ffMMMfffffffffffffffffffffffffS 2025-01-31',
      '  missing  2025-01-03 .. 2025-01-05 (3)  absent: no object under /lake/sales/*/',
      '  stale    2025-01-31                    input-changed: raw/sales/dt=2025-01-31/a.parquet is newer',
      '',
      'finance/orders  1 fresh',
      '',
      'f fresh  M missing  S stale',
      'next: lakefill plan',
    ]);
  });

  test('--quiet: one line per dataset', () => {
    expect(renderScan(document, { ...plain, quiet: true })).toEqual([
      'sales           27 fresh  3 missing  1 stale  first hole 2025-01-03',
      'finance/orders  1 fresh',
    ]);
  });

  test('-v: every partition with its files', () => {
    const unmanaged = scanned(3, 'stale', {
      files: 2,
      bytes: 4096,
      reasons: [{ code: 'modified-outside', message: '' }],
    });
    const few = scanDocument(
      scannedDataset([scanned(0, 'fresh'), scanned(1, 'missing'), unmanaged], {
        notes: [{ code: 'widened', message: 'the selection was widened to whole days' }],
      }),
    );
    expect(renderScan(few, { ...plain, verbose: true, words: ' sales --from 2025-01-01' })).toEqual([
      'sales  1 fresh  1 missing  1 stale (1 unmanaged)  first hole 2025-01-02',
      '  2025-01-01 fMS 2025-01-04',
      '  fresh    2025-01-01  1 file 2 KiB   generation 1',
      '  missing  2025-01-02  no file                      absent: no object under /lake/sales/dt=2025-01-02/',
      '  stale    2025-01-04  2 files 4 KiB  unmanaged     modified-outside',
      '  note  the selection was widened to whole days',
      '',
      'f fresh  M missing  S stale',
      'next: lakefill plan sales --from 2025-01-01',
    ]);
  });

  test('place and cause of unknown keys are named, also where they differ from key to key', () => {
    const unknown = (n: number, message: string) =>
      scanned(n, 'unknown', { reasons: [{ code: 'listing-failed', message }] });
    const lineOf = (messages: readonly string[]) =>
      renderScan(scanDocument(scannedDataset(messages.map((m, n) => unknown(n, m)))), plain).find((line) =>
        line.includes('listing-failed'),
      );
    const all = '/lake/dt=2025-01-01/x is a symbolic link';
    expect(lineOf([all, all])).toContain(`listing-failed: ${all}`);
    const several = lineOf(['/a is a link', '/b is a pipe', '/c is denied', '/d is denied']);
    expect(several).toContain(
      'listing-failed: /a is a link; listing-failed: /b is a pipe; listing-failed: /c is denied; and 1 more, which -v shows',
    );
  });

  test('a long range is compressed to the width, and says so', () => {
    const days = Array.from({ length: 3000 }, (_, i) => scanned(i, i === 1234 ? 'missing' : 'fresh'));
    const lines = renderScan(scanDocument(scannedDataset(days)), {
      ...plain,
      style: createStyle({ color: false, width: 60 }),
    });
    expect(lines.slice(0, 4)).toEqual([
      'sales  2,999 fresh  1 missing  first hole 2028-05-19',
      '  2025-01-01 ffffffffffffffMfffffffffffffffffffff 2033-03-19',
      '  1 letter = 84 partitions, the worst of them',
      '  missing  2028-05-19  absent: no object under /lake/sales/dt=2028-05-19/',
    ]);
  });

  test('many ranges are cut, and -v is named', () => {
    const days = Array.from({ length: 100 }, (_, i) => scanned(i, i % 2 === 0 ? 'missing' : 'fresh'));
    const lines = renderScan(scanDocument(scannedDataset(days)), plain);
    expect(lines.filter((line) => line.startsWith('  missing'))).toHaveLength(40);
    expect(lines).toContain('  10 more ranges; -v shows every partition');
  });

  test('interrupted partitions lead to recover, fresh ones to nothing', () => {
    const interrupted = scanned(0, 'stale', { reasons: [{ code: 'interrupted', message: 'run r1 died' }] });
    const view = { ...plain, projectWords: ' --project lake' };
    expect(renderScan(scanDocument(scannedDataset([interrupted])), view).at(-1)).toBe(
      'next: lakefill recover --project lake',
    );
    expect(renderScan(scanDocument(scannedDataset([scanned(0, 'fresh')])), view).at(-1)).toBe('f fresh');
  });

  test.each([
    ['definition-changed', true, 'next: lakefill plan sales --only stale'],
    ['input-changed', true, 'next: lakefill plan sales'],
    ['input-newer', false, 'next: lakefill adopt --dry-run'],
    ['modified-outside', true, 'next: lakefill adopt --dry-run'],
  ])('what goes on where all is %s (managed: %s)', (code, managed, next) => {
    const reasons = [{ code, message: '' }];
    const held = [0, 1].map((i) => scanned(i, 'stale', { reasons, managed, files: 1 }));
    const view = { ...plain, words: ' sales' };
    const ends = (...more: ReturnType<typeof scanned>[]) =>
      renderScan(scanDocument(scannedDataset([...held, ...more])), view).at(-1);
    expect(ends()).toBe(next);
    expect(ends(scanned(2, 'missing'))).toBe('next: lakefill plan sales');
  });

  test('what lakefill does not know is counted, and leads to adopt', () => {
    const unmanaged = [0, 1].map((i) => scanned(i, 'fresh', { managed: false, generation: null }));
    const lines = renderScan(scanDocument(scannedDataset([...unmanaged, scanned(2, 'fresh')])), plain);
    expect([lines[0], lines.at(-1)]).toEqual([
      'sales  3 fresh (2 unmanaged)',
      'next: lakefill adopt --dry-run',
    ]);
  });

  test('a lost journal is said before all else, also with --quiet', () => {
    const notes = [{ code: 'journal-lost', message: 'The journal of sales is lost.' }];
    const lost = scanDocument(scannedDataset([scanned(0, 'missing')], { notes }));
    const lines = renderScan(lost, plain);
    expect([lines[1], lines.at(-1)]).toEqual([
      '  WARNING  The journal of sales is lost.',
      'next: lakefill adopt --rebuild --dry-run',
    ]);
    expect(renderScan(lost, { ...plain, quiet: true })).toContain('  WARNING  The journal of sales is lost.');
  });

  test('an empty selection says so', () => {
    expect(renderScan(scanDocument(scannedDataset([])), plain)).toEqual([
      'sales  no partition in this selection',
    ]);
    expect(renderScan(scanDocument(), plain)).toEqual(['no dataset']);
  });

  test('an input without values says so in its place', () => {
    const notes = [
      { code: 'no-values', message: 'no values found in raw (marker _DONE is missing in 5 folders)' },
    ];
    expect(renderScan(scanDocument(scannedDataset([], { notes })), plain)).toEqual([
      'sales  no values found in raw (marker _DONE is missing in 5 folders)',
    ]);
  });

  test('a chain of partitions keeps its words, and each code is said once', () => {
    const reasons = (n: number) =>
      ['a', 'b'].map((input) => ({
        code: 'upstream-missing',
        message: `${input}: sales/dt=2025-01-0${n} has no data yet`,
      }));
    const chain = [1, 2, 3].map((n) => scanned(n, 'blocked', { reasons: reasons(n) }));
    const text = renderScan(scanDocument(scannedDataset(chain)), plain).join('\n');
    expect(text).toContain('upstream-missing: a: sales/dt=* has no data yet; b: sales/dt=* has no data yet');
    expect(text.match(/upstream-missing/g)).toHaveLength(1);
  });

  test('a name from the lake cannot colour the terminal', () => {
    const evil = scanned(0, 'unexpected', { key: 'dt=\u001b[31mred', start: null, end: null });
    expect(renderScan(scanDocument(scannedDataset([evil])), plain).join('\n')).not.toContain('\u001b');
  });
});
