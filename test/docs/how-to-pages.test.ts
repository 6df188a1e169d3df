/** Every page of docs/how-to, and docs/operations.md: the commands are run and must print what the page says. */
import { expect, test } from 'vitest';
import { pages, untrue } from './how-to.js';

test.each(pages())('%s says what happens', { timeout: 1_200_000 }, async (page) => {
  expect(await untrue(page)).toBe('');
});
