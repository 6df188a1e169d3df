import { describe, expect, it } from 'vitest';
import { controlPaths } from '../../src/journal/control.js';
import type { AdoptedFact } from '../../src/journal/entry.js';
import { Journal } from '../../src/journal/journal.js';
import { recordAdoptions } from '../../src/publish/adopt.js';
import { faults } from '../../src/store/fault.js';
import type { FaultKind } from '../../src/store/fault.js';
import { createMemoryStore } from '../../src/store/memory.js';
import type { ObjectStore } from '../../src/store/object-store.js';
import { fact, file } from '../journal/facts.js';
import { rawMemory, tell } from '../support/independent-reader.js';
import { ManualClock } from '../support/manual-clock.js';

const control = controlPaths({ store: 'memory://t/', path: 'lake/sales/' });
const KEYS = Array.from({ length: 7 }, (_, i) => `k${i}`);

function setUp() {
  const clock = new ManualClock();
  const store = createMemoryStore('memory://t/', { clock });
  const open = (run: string, through: ObjectStore = store) =>
    Journal.open({ store: through, control, clock, run, by: 'tester@here' });
  return { store, open, tellAll: async () => tell(await rawMemory(store).snapshot(), control.prefix) };
}

/** What is still to be adopted, as the journal shows it. */
function wanted(journal: Journal, keys = KEYS): AdoptedFact[] {
  return keys
    .filter((key) => journal.key(key).generation === null)
    .map((key) =>
      fact('adopted', { key, generation: journal.key(key).highest + 1, files: [file(`${key}.parquet`)] }),
    );
}

const outcomesOf = (results: readonly { outcome: string }[]) => results.map(({ outcome }) => outcome);

describe('recording adoptions', () => {
  it('puts many keys into one entry', async () => {
    const { open, tellAll } = setUp();
    const journal = await open('r');
    const many = Array.from({ length: 365 }, (_, i) => `day-${i}`);
    expect(new Set(outcomesOf(await recordAdoptions(journal, wanted(journal, many))))).toEqual(
      new Set(['adopted']),
    );
    const told = await tellAll();
    expect([told.entries.length, told.keys.size]).toEqual([1, 365]);
  });

  it('leaves out a key that another writer moved first, and takes the others', async () => {
    const { open } = setUp();
    const [slow, quick] = [await open('slow'), await open('quick')];
    const seen = wanted(slow);
    await quick.submit([fact('promoting', { key: 'k2', attempt: 'x' })]);
    await quick.submit([fact('promoting', { key: 'k4', attempt: 'y' })]);
    await quick.submit([fact('published', { key: 'k4', attempt: 'y' })]);
    const results = await recordAdoptions(slow, seen);
    expect(outcomesOf(results)).toEqual(
      KEYS.map((key) => (key === 'k2' || key === 'k4' ? 'conflict' : 'adopted')),
    );
    expect(slow.key('k4').files).toEqual([file('new')]);
  });

  it('starts no entry after an interrupt', async () => {
    const { open } = setUp();
    const journal = await open('r');
    const stop = new AbortController();
    stop.abort();
    const results = await recordAdoptions(journal, wanted(journal), { signal: stop.signal });
    expect(new Set(outcomesOf(results))).toEqual(new Set(['cancelled']));
    expect(journal.state.sequence).toBe(0);
  });

  const kinds: readonly FaultKind[] = ['fail-before', 'fail-after', 'hang', 'hang-after'];
  it.each(kinds)(
    'cut off at any call (%s) leaves whole entries, and a second adoption completes',
    async (kind) => {
      const first = setUp();
      const counted = faults(first.store);
      const journal = await first.open('r', counted.store);
      await recordAdoptions(journal, wanted(journal), { keysAnEntry: 2 });
      expect(counted.calls.length).toBeGreaterThan(4);
      for (let at = 1; at <= counted.calls.length; at++) {
        const { store, open, tellAll } = setUp();
        const cut = faults(store, { at, kind, times: Infinity });
        const dying = open('dies', cut.store)
          .then((journal) => recordAdoptions(journal, wanted(journal), { keysAnEntry: 2 }))
          .catch(() => null);
        await (kind.startsWith('hang') ? cut.hung : dying);
        const between = await open('second');
        expect(between.state.keys.size % 2, `call ${at}`).toBe(between.state.keys.size === 7 ? 1 : 0);
        expect(new Set(outcomesOf(await recordAdoptions(between, wanted(between))))).not.toContain(
          'conflict',
        );
        const told = await tellAll();
        expect([...told.keys.keys()].sort(), `call ${at}`).toEqual(KEYS);
        expect(KEYS.map((key) => between.key(key).generation)).toEqual(KEYS.map(() => 1));
        cut.release();
        await dying;
        expect((await open('reader')).state.keys.size).toBe(7);
      }
    },
  );
});
