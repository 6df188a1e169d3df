import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Status } from '../../../src/index.js';
import { compress, LOOKS, renderLegend, renderStrip } from '../../../src/cli/render/heat-strip.js';
import { createStyle, visibleWidth } from '../../../src/cli/render/style.js';

const plain = createStyle({ color: false, width: 80 });
const coloured = createStyle({ color: true, width: 80 });
const strip = (statuses: readonly Status[], width: number) =>
  renderStrip(compress(statuses, width).cells, plain);

describe('the heat strip', () => {
  test('one letter per partition while there is room', () => {
    expect(strip(['fresh', 'fresh', 'missing', 'stale', 'pending'], 80)).toBe('ffMSp');
  });

  test('one bad day in 3,000 stays visible wherever it is', () => {
    fc.assert(
      fc.property(
        fc.nat(2999),
        fc.constantFrom<Status>('missing', 'stale', 'unknown', 'blocked'),
        (at, bad) => {
          const statuses = Array.from({ length: 3000 }, (_, i): Status => (i === at ? bad : 'fresh'));
          const text = strip(statuses, 56);
          expect(text.length).toBeLessThanOrEqual(56);
          expect([...text].filter((letter) => letter === LOOKS[bad].letter)).toHaveLength(1);
        },
      ),
    );
  });

  test('a cell shows the worst of its partitions', () => {
    expect(compress(['fresh', 'stale', 'missing', 'unknown', 'pending', 'fresh'], 3)).toEqual({
      perCell: 2,
      cells: ['stale', 'unknown', 'pending'],
    });
  });

  test('every status has a letter of its own, and colours never carry meaning alone', () => {
    const letters = Object.values(LOOKS).map((look) => look.letter);
    expect(new Set(letters).size).toBe(letters.length);
  });

  test('each run of equal status is coloured once', () => {
    const text = renderStrip(['fresh', 'fresh', 'missing'], coloured);
    expect(text).toBe('\u001b[32mff\u001b[39m\u001b[31mM\u001b[39m');
    expect(visibleWidth(text)).toBe(3);
  });

  test('the legend explains what occurs', () => {
    expect(renderLegend(new Set<Status>(['missing', 'fresh']), plain)).toBe('f fresh  M missing');
  });
});
