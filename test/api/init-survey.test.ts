import { describe, expect, test } from 'vitest';
import { surveyPrefix } from '../../src/api/init-survey.js';
import { createMemoryStore } from '../../src/store/memory.js';

const STORE = 'memory://init/';

async function survey(...paths: string[]) {
  const store = createMemoryStore(STORE);
  for (const path of paths)
    await store.put(
      path,
      { bytes: new TextEncoder().encode(path.endsWith('empty') ? '' : 'x') },
      { kind: 'create' },
    );
  return surveyPrefix(store, { store: STORE, path: 'raw/' });
}

describe('a survey of a prefix', () => {
  test('goes down along the first and the last folder, by number', async () => {
    const found = await survey(
      'raw/m=2/d=1/a.parquet',
      'raw/m=2/d=30/a.parquet',
      'raw/m=10/d=7/b.parquet',
      'raw/m=10/d=9/c.parquet',
    );
    expect(found).toMatchObject({
      levels: [
        ['m=2', 'm=10'],
        ['d=1', 'd=7', 'd=9', 'd=30'],
      ],
      first: ['m=2', 'd=1'],
      last: ['m=10', 'd=9'],
    });
    expect(found.objects.map((object) => object.path)).toEqual(['raw/m=10/d=9/c.parquet']);
  });

  test('does not see hidden names, markers and empty objects', async () => {
    const found = await survey(
      'raw/_delta_log/0.json',
      'raw/dt=a/_SUCCESS',
      'raw/dt=a/.crc',
      'raw/dt=a/x.empty',
      'raw/dt=a/data.parquet',
    );
    expect(found.levels).toEqual([['dt=a']]);
    expect(found.objects.map((object) => object.path)).toEqual(['raw/dt=a/data.parquet']);
  });

  test('passes over folders without data and names that are no date among dates', async () => {
    const found = await survey(
      'raw/dt=2025-01-01/a.parquet',
      'raw/dt=2025-01-02/a.parquet',
      'raw/dt=2025-01-03/a.parquet',
      'raw/dt=2025-02-27/x/a.empty',
      'raw/dt=2025-02-28/a.empty',
      'raw/dt=2025-02-30/a.parquet',
      'raw/dt=backup/a.parquet',
    );
    expect(found.objects.map((object) => object.path)).toEqual(['raw/dt=2025-01-03/a.parquet']);
    expect(found).toMatchObject({ first: ['dt=2025-01-01'], last: ['dt=2025-01-03'] });
    expect(found.levels[0]).not.toContain('dt=2025-02-30');
    expect(found.passedOver.map(({ path, why }) => `${path} ${why}`)).toEqual([
      'raw/dt=2025-02-30/ no day',
      'raw/dt=backup/ no day',
      'raw/dt=2025-02-28/ no data in it',
      'raw/dt=2025-02-27/x/ no data in it',
      'raw/dt=2025-02-27/ no data in it',
    ]);
  });

  test('objects beside partitions are strays; where folders are few, they are the data', async () => {
    const paths = (objects: readonly { path: string }[]) => objects.map(({ path }) => path);
    const partitions = ['raw/dt=2025-01-01/a.parquet', 'raw/dt=2025-01-02/a.parquet'];
    const beside = ['raw/0.csv', 'raw/1.csv', 'raw/2.csv', 'raw/README.txt'];
    const found = await survey(...partitions, ...beside);
    expect(paths(found.objects)).toEqual([partitions[1]]);
    expect(paths(found.strays)).toEqual(beside);
    const named = await survey('raw/eu/a.parquet', 'raw/LIESMICH.txt', 'raw/README.txt');
    expect(paths(named.objects)).toEqual(['raw/eu/a.parquet']);
    for (const data of [['raw/0.csv'], ['raw/part-0', 'raw/part-1']]) {
      const flat = await survey(...data, 'raw/old/a.csv');
      expect([paths(flat.objects), flat.levels, flat.strays]).toEqual([data, [], []]);
    }
    expect(paths((await survey('raw/README.txt', 'raw/dt=2025-01-01/a.empty')).objects)).toEqual([
      'raw/README.txt',
    ]);
  });

  test("Hive's NULL is listed but is neither first nor last", async () => {
    const found = await survey('raw/r=__HIVE_DEFAULT_PARTITION__/a', 'raw/r=eu/a', 'raw/r=us/a');
    expect(found.levels[0]).toContain('r=__HIVE_DEFAULT_PARTITION__');
    expect([found.first, found.last]).toEqual([['r=eu'], ['r=us']]);
  });

  test.each([[[]], [['other/a.parquet']], [['raw/dt=a/_SUCCESS']]])(
    'without data says so: %j',
    async (paths) => {
      await expect(survey(...paths)).rejects.toMatchObject({ code: 'STORE_NOT_FOUND' });
    },
  );
});
