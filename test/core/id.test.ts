import fc from 'fast-check';
import { expect, test } from 'vitest';
import { timedId } from '../../src/core/id.js';

const LAST = Date.parse('2099-12-31T23:59:59.999Z');

test('ids have one form and sort by time, to the millisecond', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: LAST - 1 }), fc.integer({ min: 1, max: 5000 }), (at, later) => {
      const [first, second] = [timedId(at), timedId(Math.min(at + later, LAST))];
      expect(first).toMatch(/^\d{8}T\d{6}-[0-9a-f]{6}$/);
      expect(first < second).toBe(true);
    }),
  );
});

test('ids of one millisecond differ', () => {
  const ids = Array.from({ length: 20 }, () => timedId(LAST));
  expect(new Set(ids).size).toBeGreaterThan(18);
  expect(ids.every((id) => id.startsWith('20991231T235959-'))).toBe(true);
});
