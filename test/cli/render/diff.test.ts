import { describe, expect, test } from 'vitest';
import type { DiffDocument, PartitionDiff } from '../../../src/index.js';
import { exitOfDiff } from '../../../src/cli/exit-codes.js';
import { renderDiff } from '../../../src/cli/render/diff.js';
import { plain } from '../support/documents.js';
import { expectValid } from '../support/schemas.js';

const side = { run: 'r0', generation: 1, files: 1, bytes: 2048, rows: 3 };
const base: PartitionDiff = {
  key: 'dt=2025-01-01',
  before: { ...side, what: 'current' },
  after: { ...side, what: 'staged', run: 'r1', generation: null, rows: 2001 },
  schema: {
    added: [{ name: 'note', type: 'VARCHAR' }],
    removed: [{ name: 'old', type: 'DATE' }],
    changed: [{ name: 'amount', before: 'BIGINT', after: 'DOUBLE' }],
  },
  by: ['id'],
  rows: { onlyBefore: 1, onlyAfter: 1999, changed: 1, equal: 1 },
  columns: [
    { name: 'id', equal: 2, compared: 2, ratio: 1 },
    { name: 'amount', equal: 1999, compared: 2000, ratio: 0.9995 },
  ],
  sums: [
    { name: 'id', before: 6, after: 6 },
    { name: 'amount', before: null, after: '12.50' },
  ],
  samples: {
    onlyBefore: [{ id: 1 }],
    onlyAfter: [{ id: 4, note: 'two\nlines' }],
    changed: [{ before: { id: 2 }, after: { id: 2 } }],
  },
  notes: ['look'],
  error: null,
};
const documentOf = (...partitions: readonly PartitionDiff[]): DiffDocument => ({
  format: 'lakefill.diff/1',
  run: 'r1',
  datasets: [{ dataset: 'sales', target: '/lake/', partitions }],
});
const failed: PartitionDiff = {
  ...base,
  before: null,
  after: null,
  rows: null,
  error: { code: 'not-retained', message: 'No earlier generation.', hint: 'Keep more.' },
};

describe('text of a comparison', () => {
  test('what differs, and what to do next', () => {
    const document = documentOf(base);
    expectValid('diff', document);
    expect(renderDiff(document, plain)).toEqual([
      'sales/dt=2025-01-01  current generation 1 -> staged by r1  different',
      '  rows    3 -> 2,001: 1 only before, 1,999 only after, 1 changed, 1 equal (by id)',
      '  files   1 file 2 KiB -> 1 file 2 KiB',
      '  column  + note VARCHAR',
      '  column  - old DATE',
      '  column  amount BIGINT -> DOUBLE',
      '  match   amount 99.9 % (1,999 of 2,000)',
      '  sum     amount - -> 12.50',
      '  note    look',
      '    - {"id":1}',
      '    + {"id":4,"note":"two\\nlines"}',
      '    < {"id":2}',
      '    > {"id":2}',
      'next: lakefill promote r1',
    ]);
  });

  test('equal sides in one line with --quiet', () => {
    const same: PartitionDiff = {
      ...base,
      schema: { added: [], removed: [], changed: [] },
      rows: { onlyBefore: 0, onlyAfter: 0, changed: null, equal: 3 },
    };
    expect(renderDiff(documentOf(same), { ...plain, quiet: true })).toEqual([
      'sales/dt=2025-01-01  current generation 1 -> staged by r1  the same rows',
    ]);
  });

  test('what could not be compared says why, and is exit 1', () => {
    const document = documentOf(base, failed);
    expectValid('diff', document);
    expect(renderDiff(documentOf(failed), plain)).toEqual([
      'sales/dt=2025-01-01  not compared  not-retained: No earlier generation.',
      '  do: Keep more.',
    ]);
    expect([exitOfDiff(documentOf(base)), exitOfDiff(document)]).toEqual([0, 1]);
  });
});
