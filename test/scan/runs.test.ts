import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BY_SEVERITY, firstHole, foldRuns, heatStrip } from '../../src/scan/runs.js';
import type { Foldable } from '../../src/scan/runs.js';
import { STATUSES } from '../../src/scan/status.js';

const partitions = fc
  .array(fc.tuple(fc.constantFrom(...STATUSES), fc.constantFrom('a', 'b', null)), { maxLength: 60 })
  .map((list): Foldable[] =>
    list.map(([status, code], i) => ({
      key: `k${i}`,
      status,
      reasons: code === null ? [] : [{ code, message: '' }],
    })),
  );

describe('foldRuns', () => {
  it('unfolds to what it was, and never puts two equal runs side by side', () => {
    fc.assert(
      fc.property(partitions, (keys) => {
        const runs = foldRuns(keys);
        const unfolded = runs.flatMap((run) =>
          Array.from({ length: run.count }, () => [run.status, run.code]),
        );
        expect(unfolded).toEqual(keys.map((k) => [k.status, k.reasons[0]?.code ?? null]));
        let at = 0;
        for (const run of runs) {
          expect([run.first, run.last]).toEqual([keys[at]!.key, keys[at + run.count - 1]!.key]);
          at += run.count;
        }
        runs.slice(1).forEach((run, i) => {
          expect([run.status, run.code]).not.toEqual([runs[i]!.status, runs[i]!.code]);
        });
      }),
    );
  });
});

describe('heatStrip', () => {
  it('covers every key once and shows the worst of each cell', () => {
    fc.assert(
      fc.property(partitions, fc.integer({ min: 1, max: 80 }), (keys, width) => {
        const cells = heatStrip(keys, width);
        expect(cells.length).toBe(Math.min(width, keys.length));
        expect(cells.reduce((sum, cell) => sum + cell.count, 0)).toBe(keys.length);
        let at = 0;
        for (const cell of cells) {
          const inside = keys.slice(at, (at += cell.count)).map((k) => BY_SEVERITY.indexOf(k.status));
          expect(cell.status).toBe(BY_SEVERITY[Math.min(...inside)]);
        }
      }),
    );
  });

  it('shows a single bad day among 3,000', () => {
    const keys = Array.from({ length: 3000 }, (_, i): Foldable => ({
      key: `k${i}`,
      status: i === 1711 ? 'missing' : 'fresh',
      reasons: [],
    }));
    expect(heatStrip(keys, 60).filter((cell) => cell.status === 'missing')).toHaveLength(1);
    expect(firstHole(keys)).toBe('k1711');
  });
});
