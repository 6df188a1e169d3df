import { expect, it } from 'vitest';
import { hintForAll, hintOfAny, takeOverHint } from '../../src/plan/external.js';
import { groupHeld } from '../../src/run/run-document.js';

const held = (day: number) => {
  const at = (n: number) => new Date(Date.UTC(2025, 0, n)).toISOString();
  const key = `dt=${at(day).slice(0, 10)}`;
  const hint = takeOverHint('--overwrite-external', 'sales', key);
  return { key, code: 'unmanaged', message: '', hint, start: at(day), end: at(day + 1) };
};
const command = (pattern: string) =>
  `Add --overwrite-external, or take it over as it is with \`lakefill adopt sales --partition '${pattern}'\`.`;

it('names the range of neighbours, in the order of time', () => {
  expect(hintForAll([held(3), held(2), held(1)])).toBe(command('dt=2025-01-01..dt=2025-01-03'));
  expect(hintForAll([held(2)])).toBe(command('dt=2025-01-02'));
});

it('names the first of keys that are no neighbours: what lies between was not meant', () => {
  expect(hintForAll([held(1), held(3)])).toBe(command('dt=2025-01-01'));
  const timeless = { ...held(1), start: null, end: null };
  expect(hintForAll([timeless, { ...held(2), start: null, end: null }])).toBe(command('dt=2025-01-01'));
});

it('leaves words alone that look like a key', () => {
  const hint = takeOverHint('--overwrite-external', 'sales', 'a');
  expect(hintOfAny({ key: 'a', hint })).toBe(hint.replace("'a'", "'*'"));
});

it('is one line of a run for all keys that need the same', () => {
  expect(groupHeld([held(1), held(2), held(3)])).toEqual([
    { code: 'unmanaged', keys: 3, hint: command('dt=2025-01-01..dt=2025-01-03') },
  ]);
});
