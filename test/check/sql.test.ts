import { expect, it } from 'vitest';
import { count } from '../../src/check/sql.js';

it('counts are grouped by thousands, and one is one', () => {
  const shown = [0, 1, 999, 1000, 1_234_567].map((n) => count(n, 'row'));
  expect(shown).toEqual(['0 rows', '1 row', '999 rows', '1,000 rows', '1,234,567 rows']);
});
