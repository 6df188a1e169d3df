import { mkdtemp, mkdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseLayout } from '../../src/core/layout.js';
import { parseLocation } from '../../src/core/location.js';
import type { Dataset } from '../../src/dataset/dataset.js';
import { controlPaths } from '../../src/journal/control.js';
import { checkLocalTarget, foldedTwins } from '../../src/run/local-target.js';
import { createLocalStore } from '../../src/store/local/local-store.js';

describe('foldedTwins', () => {
  const table: [string[], { case: boolean; unicode: boolean }, readonly [string, string] | null][] = [
    [['region=eu', 'region=EU'], { case: false, unicode: false }, null],
    [['region=eu', 'region=EU'], { case: true, unicode: false }, ['region=eu', 'region=EU']],
    [['region=é', 'region=e\u0301'], { case: true, unicode: false }, null],
    [['region=é', 'region=e\u0301'], { case: false, unicode: true }, ['region=é', 'region=e\u0301']],
    [['region=eu', 'region=eu'], { case: true, unicode: true }, null],
  ];
  it.each(table)('%j under %j', (keys, folding, twins) => {
    expect(foldedTwins(keys, folding)).toEqual(twins);
  });
});

describe('checkLocalTarget', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'lakefill-target-'));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  it('refuses a partition folder that is a symbolic link', async () => {
    await mkdir(path.join(dir, 'elsewhere'));
    await mkdir(path.join(dir, 'sales'));
    await symlink(path.join(dir, 'elsewhere'), path.join(dir, 'sales', 'dt=2025-01-01'));
    const layout = parseLayout('./sales/dt={dt}/', (text) => parseLocation(text, dir), {
      dt: { kind: 'time', grain: 'day', timezone: 'UTC' },
    });
    const dataset = { name: 'sales', target: './sales/dt={dt}/', layout } as Dataset;
    const check = (key: string) =>
      checkLocalTarget(createLocalStore(), controlPaths(layout.root), dataset, [key], []);
    await check('dt=2025-01-02');
    await expect(check('dt=2025-01-01')).rejects.toMatchObject({ code: 'TARGET_REFUSED' });
  });
});
