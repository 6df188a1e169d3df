import { describe, expect, test } from 'vitest';
import type { AdoptDocument } from '../../../src/index.js';
import { exitOfAdopt } from '../../../src/cli/exit-codes.js';
import { renderAdopt } from '../../../src/cli/render/adopt.js';
import { dayAfter, plain } from '../support/documents.js';
import { expectValid } from '../support/schemas.js';

type Partition = AdoptDocument['datasets'][number]['partitions'][number];

function partition(index: number, more: Partial<Partition> = {}): Partition {
  return {
    key: `dt=${dayAfter(index)}`,
    start: `${dayAfter(index)}T00:00:00Z`,
    end: `${dayAfter(index + 1)}T00:00:00Z`,
    result: 'adopted',
    generation: 1,
    files: 1,
    bytes: 1024,
    code: null,
    message: null,
    hint: null,
    ...more,
  };
}

function leftAlone(index: number, code: string, message: string, hint: string | null): Partition {
  return partition(index, { result: 'left', generation: null, code, message, hint });
}

function adoption(partitions: readonly Partition[], more: Partial<AdoptDocument> = {}): AdoptDocument {
  return {
    format: 'lakefill.adopt/1',
    run: 'r1',
    dryRun: false,
    rebuild: false,
    requestedBy: 'ada@desk',
    reason: null,
    datasets: [{ dataset: 'sales', target: './lake/', managed: 2, partitions, notes: [] }],
    ...more,
  };
}

const mixed = [
  partition(0),
  partition(1),
  leftAlone(2, 'input-newer', 'raw: newer than dt=2025-01-03', 'Name it.'),
  leftAlone(3, 'input-newer', 'raw: newer than dt=2025-01-04', 'Name it too.'),
  leftAlone(4, 'absent', 'no object under /lake/dt=2025-01-05/', null),
];

describe('text of an adoption', () => {
  test('the command that takes the rest over names the range of neighbours', () => {
    const named = (index: number) => `Name it: \`--partition '${partition(index).key}'\`.`;
    const two = [2, 3].map((i) => leftAlone(i, 'input-newer', 'raw: newer', named(i)));
    expect(renderAdopt(adoption(two), plain)).toContain(
      "do: input-newer: Name it: `--partition 'dt=2025-01-03..dt=2025-01-04'`.",
    );
  });

  test('a target where nothing stands is called that, and what makes something there is next', () => {
    const nothing = [leftAlone(0, 'absent', 'no object under /lake/dt=2025-01-01/', null)];
    expect(
      renderAdopt(
        adoption(nothing, {
          datasets: [{ dataset: 'sales', target: './lake/', managed: 0, partitions: nothing, notes: [] }],
        }),
        { ...plain, words: ' sales' },
      ),
    ).toEqual([
      'sales  nothing stands at the target  1 left',
      '  left  2025-01-01  absent: no object under /lake/dt=2025-01-01/',
      'next: lakefill plan sales',
    ]);
    // What is managed stands there.
    expect(renderAdopt(adoption(nothing), plain)[0]).toBe(
      'sales  nothing to adopt  1 left  2 managed already',
    );
  });

  test('what was taken and what was left, in ranges; each remedy once', () => {
    expect(renderAdopt(adoption(mixed), { ...plain, words: ' sales' })).toEqual([
      'sales  adopted 2 partitions (2 files, 2 KiB)  3 left  2 managed already',
      '  adopted  2025-01-01 .. 2025-01-02 (2)',
      '  left     2025-01-03 .. 2025-01-04 (2)  input-newer: raw: newer than *',
      '  left     2025-01-05                    absent: no object under /lake/dt=2025-01-05/',
      'do: input-newer: Name it.',
      'next: lakefill scan sales',
    ]);
    expect(renderAdopt(adoption(mixed), { ...plain, quiet: true })).toHaveLength(1);
    expect(renderAdopt(adoption(mixed), { ...plain, verbose: true })).toHaveLength(1 + 5 + 2);
  });

  test('a dry run says what would be, and the command that does it', () => {
    const lines = renderAdopt(adoption([partition(0)], { dryRun: true, rebuild: true }), plain);
    expect([lines[0], lines.at(-1)]).toEqual([
      'sales  would adopt 1 partition (1 file, 1 KiB)  2 managed already',
      'next: lakefill adopt --rebuild',
    ]);
    expect(renderAdopt(adoption([]), plain)).toEqual(['sales  nothing to adopt  2 managed already']);
  });
});

test.each<[number, AdoptDocument]>([
  [0, adoption([])],
  [0, adoption(mixed)],
  [3, adoption(mixed, { rebuild: true })],
  [10, adoption([partition(0, { result: 'conflict', code: 'base-moved' })])],
  [3, adoption([partition(0), partition(1, { result: 'conflict', code: 'base-moved' })])],
  [130, adoption([partition(0), partition(1, { result: 'cancelled', code: 'interrupted' })])],
])('exits with %i', (code, document) => {
  expect(exitOfAdopt(document)).toBe(code);
  expectValid('adopt', document);
});
