import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ERROR_CODES } from '../../src/core/errors.js';

describe('docs/errors.md', () => {
  const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
  const documented = new Map(
    [...page.matchAll(/^\| `([A-Z_]+)` \| (\d+) \|/gm)].map(([, code, exit]) => [code!, Number(exit)]),
  );

  it('lists every code with its exit code, and no other', () => {
    const actual = new Map(Object.entries(ERROR_CODES).map(([code, { exitCode }]) => [code, exitCode]));
    expect(documented).toEqual(actual);
  });
});
