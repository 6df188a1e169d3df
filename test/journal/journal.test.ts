import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { decodeEntry, encodeEntry } from '../../src/journal/codec.js';
import { controlPaths } from '../../src/journal/control.js';
import type { ErrorCode } from '../../src/core/errors.js';
import { EMPTY_STATE, fold } from '../../src/journal/fold.js';
import { Journal } from '../../src/journal/journal.js';
import type { Submitted } from '../../src/journal/journal.js';
import { namedFacts, readEntries, readEntry, readJournal } from '../../src/journal/read.js';
import { faults } from '../../src/store/fault.js';
import type { FaultKind } from '../../src/store/fault.js';
import { intercept } from '../../src/store/intercept.js';
import { createMemoryStore } from '../../src/store/memory.js';
import { listAll } from '../../src/store/object-store.js';
import type { ObjectStore } from '../../src/store/object-store.js';
import { rawMemory, tell } from '../support/independent-reader.js';
import { ManualClock } from '../support/manual-clock.js';
import { entries, fact } from './facts.js';

const control = controlPaths({ store: 'memory://t/', path: 'lake/sales/' });

function setUp() {
  const clock = new ManualClock();
  const store = createMemoryStore('memory://t/', { clock, pageSize: 7 });
  const open = (run: string, through: ObjectStore = store) =>
    Journal.open({ store: through, control, clock, run, by: 'tester@here' });
  return { clock, store, open, tellAll: async () => tell(await rawMemory(store).snapshot(), control.prefix) };
}

const ended = (key: string, attempt = `of-${key}`) => fact('ended', { key, attempt });
const keys = (count: number, prefix = 'k') => Array.from({ length: count }, (_, i) => `${prefix}${i}`);

async function putEntry(store: ObjectStore, sequence: number, content: unknown): Promise<void> {
  const bytes = Buffer.isBuffer(content)
    ? content
    : Buffer.from(typeof content === 'string' ? content : JSON.stringify(content));
  await store.put(control.entry(sequence), { bytes }, { kind: 'create' });
}

describe('submit', () => {
  it('records facts that were submitted in one turn in one entry', async () => {
    const { open, tellAll } = setUp();
    const journal = await open('r');
    const results = await Promise.all(keys(50).map((key) => journal.submit([ended(key)])));
    expect(results).toEqual(keys(50).map(() => ({ outcome: 'recorded', sequence: 1 })));
    expect((await tellAll()).entries).toHaveLength(1);
  });

  it('gathers what comes while an append is on its way into few entries', async () => {
    const { open, tellAll } = setUp();
    const journal = await open('r');
    const pending: Promise<Submitted>[] = [];
    for (const key of keys(200)) {
      pending.push(journal.submit([ended(key)]));
      await Promise.resolve();
      if (pending.length % 20 === 0) await nextTurn();
    }
    await Promise.all(pending);
    const told = await tellAll();
    expect(told.keys.size).toBe(200);
    expect(told.entries.length).toBeLessThan(40);
  });

  it('never forgets a submission that comes at any step after the last append', async () => {
    const { open } = setUp();
    const journal = await open('r');
    for (let hops = 0; hops < 30; hops++) {
      await journal.submit([ended(`first${hops}`)]);
      for (let i = 0; i < hops; i++) await Promise.resolve();
      expect(await journal.submit([ended(`second${hops}`)])).toMatchObject({ outcome: 'recorded' });
    }
  }, 5_000);

  it('refuses what does not fit and records the others of its turn', async () => {
    const { open, tellAll } = setUp();
    const journal = await open('r');
    const results = await Promise.all([
      journal.submit([ended('a')]),
      journal.submit([ended('b'), fact('cleaning', { key: 'b' })]),
      journal.submit([fact('promoting', { key: 'c' })]),
      journal.submit([fact('promoting', { key: 'c', attempt: 'other' })]),
      journal.submit([ended('d')]),
    ]);
    expect(results.map((result) => result.outcome)).toEqual([
      'recorded',
      'refused',
      'recorded',
      'refused',
      'recorded',
    ]);
    expect(results[1]).toMatchObject({ key: 'b', why: 'has no attempt in flight' });
    expect(results[3]).toMatchObject({ key: 'c', why: 'is promoting by attempt a' });
    expect([...(await tellAll()).keys.keys()]).toEqual(['a', 'c', 'd']);
    expect(journal.key('b').lastEnded).toBeNull();
  });

  it('does not call a number lost to other keys a conflict', async () => {
    const { open, tellAll } = setUp();
    const [ours, theirs] = [await open('ours'), await open('theirs')];
    await theirs.submit([ended('x')]);
    await theirs.submit([ended('y')]);
    expect(await ours.submit([fact('promoting')])).toEqual({ outcome: 'recorded', sequence: 3 });
    expect((await tellAll()).entries).toHaveLength(3);
    expect(ours.key('x').lastEnded?.run).toBe('theirs');
  });

  it('refuses a fact whose key another moved first', async () => {
    const { open } = setUp();
    const [ours, theirs] = [await open('ours'), await open('theirs')];
    await theirs.submit([fact('promoting', { attempt: 'theirs' })]);
    const [moved, free] = await Promise.all([
      ours.submit([fact('promoting', { attempt: 'ours' })]),
      ours.submit([ended('free')]),
    ]);
    expect(moved).toEqual({ outcome: 'refused', key: 'k', why: 'is promoting by attempt theirs' });
    expect(free).toEqual({ outcome: 'recorded', sequence: 2 });
  });

  it.each<[FaultKind, ErrorCode]>([
    ['fail-before', 'STORE_UNAVAILABLE'],
    ['fail-after', 'STORE_TIMEOUT'],
    ['lose-answer', 'STORE_TIMEOUT'],
    ['fail-after', 'STORE_RACING'],
  ])('records exactly once when the put meets %s with %s', async (kind, code) => {
    const { store, open, tellAll } = setUp();
    const counted = faults(store);
    await open('r', counted.store);
    const faulty = faults(store, { at: counted.calls.length + 1, kind, code });
    const journal = await open('r', faulty.store);
    expect(await journal.submit([ended('k')])).toEqual({ outcome: 'recorded', sequence: 1 });
    const hit = faulty.calls[counted.calls.length]!;
    expect([hit.method, hit.args[0]]).toEqual(['put', control.entry(1)]);
    expect((await tellAll()).keys.get('k')?.ended).toBe(1);
    expect(await journal.submit([ended('next')])).toEqual({ outcome: 'recorded', sequence: 2 });
  });

  it('passes on a failure that repeating cannot mend, and goes on afterwards', async () => {
    const { store, open } = setUp();
    let deny = true;
    const through = intercept(store, async (call, next) => {
      if (deny && call.method === 'put') throw Object.assign(new Error('no'), { code: 'not one of ours' });
      return next();
    });
    const journal = await open('r', through);
    await expect(journal.submit([ended('a')])).rejects.toThrow('no');
    deny = false;
    expect(await journal.submit([ended('b')])).toEqual({ outcome: 'recorded', sequence: 1 });
  });

  it('gives up after a minute of unknown results, by the clock', async () => {
    const { clock, store, open, tellAll } = setUp();
    const silent = faults(store, { at: 1, kind: 'fail-before', code: 'STORE_UNAVAILABLE', times: Infinity });
    const journal = await Journal.open({ store, control, clock, run: 'r', by: 'x' });
    const through = intercept(store, (call, next) =>
      call.method === 'put'
        ? (silent.store.put as (...a: unknown[]) => Promise<never>)(...call.args)
        : next(),
    );
    const late = await open('late', through);
    const started = clock.monotonic();
    await expect(late.submit([ended('a')])).rejects.toMatchObject({
      code: 'JOURNAL_CONTENDED',
      retryable: true,
    });
    const waited = clock.monotonic() - started;
    expect(waited).toBeGreaterThan(60_000);
    expect(waited).toBeLessThan(63_000);
    expect(Math.max(...clock.sleeps)).toBeLessThanOrEqual(2_000);
    expect((await tellAll()).entries).toEqual([]);
    expect(await journal.submit([ended('b')])).toMatchObject({ outcome: 'recorded' });
  });

  it('gives up after a minute of lost numbers', async () => {
    const { clock, store, open } = setUp();
    const other = await open('other');
    let lost = 0;
    const through = intercept(store, async (call, next) => {
      if (call.method === 'put') await other.submit([ended('x', `x${lost++}`)]);
      return next();
    });
    const ours = await open('ours', through);
    await expect(ours.submit([ended('a')])).rejects.toMatchObject({ code: 'JOURNAL_CONTENDED' });
    expect(lost).toBeGreaterThan(20);
    expect(clock.monotonic()).toBeGreaterThan(60_000);
  });

  it('lets eight journals race: every fact once, no hole', async () => {
    const { store, open, tellAll } = setUp();
    // Every call gives the others a turn, so that numbers are really fought for.
    const slow = () =>
      intercept(store, async (_call, next) => {
        await nextTurn();
        return next();
      });
    const journals = await Promise.all(keys(8, 'run').map((run) => open(run, slow())));
    const results = await Promise.all(
      journals.flatMap((journal, j) =>
        keys(25).map(async (key, i) => {
          for (let wait = 0; wait < i; wait++) await nextTurn();
          return journal.submit([ended(`${j}-${key}`), ended(`${j}-${key}-too`)]);
        }),
      ),
    );
    expect(results.every((result) => result.outcome === 'recorded')).toBe(true);
    const told = await tellAll();
    expect(told.keys.size).toBe(8 * 25 * 2);
    expect([...told.keys.values()].every((key) => key.ended === 1)).toBe(true);
    expect(told.entries.length).toBeGreaterThan(8);
    const folded = await readJournal(store, control);
    for (const journal of journals) expect((await journal.refresh()).keys).toEqual(folded.keys);
  });

  it('lets eight journals race for one key: one wins each generation', async () => {
    const { open, tellAll } = setUp();
    const journals = await Promise.all(keys(8, 'run').map((run) => open(run)));
    const results = await Promise.all(
      journals.map((journal, i) => journal.submit([fact('promoting', { attempt: `a${i}` })])),
    );
    expect(results.filter((result) => result.outcome === 'recorded')).toHaveLength(1);
    expect((await tellAll()).entries).toHaveLength(1);
  });
});

describe('refresh while appending', () => {
  it('may read the own entry before the append hears of it', async () => {
    const { store, open } = setUp();
    let meanwhile: (() => Promise<unknown>) | null = null;
    const through = intercept(store, async (call, next) => {
      const answer = await next();
      if (call.method === 'put' && meanwhile) await meanwhile();
      return answer;
    });
    const journal = await open('r', through);
    meanwhile = () => journal.refresh();
    expect(await journal.submit([ended('a')])).toEqual({ outcome: 'recorded', sequence: 1 });
    meanwhile = null;
    expect(journal.state.sequence).toBe(1);
    expect(await journal.submit([ended('b')])).toEqual({ outcome: 'recorded', sequence: 2 });
    expect((await readJournal(store, control)).keys).toEqual(journal.state.keys);
  });

  it('may stop at any of its calls while an append of ours and one of another go by', async () => {
    for (let at = 1; at <= 8; at++) {
      const { store, open, tellAll } = setUp();
      let release: () => void = () => undefined;
      const held = new Promise<void>((resolve) => (release = resolve));
      let left = Infinity;
      const journal = await open(
        'r',
        intercept(store, async (_call, next) => {
          const holds = --left === 0;
          const answer = await next();
          if (holds) await held;
          return answer;
        }),
      );
      const other = await open('other');
      left = at;
      const refreshing = journal.refresh();
      await nextTurn();
      left = Infinity;
      await other.submit([ended('theirs')]);
      expect(await journal.submit([ended('ours')])).toEqual({ outcome: 'recorded', sequence: 2 });
      release();
      await refreshing;
      expect(journal.state).toEqual(await readJournal(store, control));
      expect((await tellAll()).entries).toHaveLength(2);
    }
  });
});

describe('large facts', () => {
  const large = (key: string) => fact('ended', { key, attempt: key, message: 'x'.repeat(700_000) });

  it('go to an object of their own, which the entry names, and read back', async () => {
    const { store, open, tellAll } = setUp();
    const journal = await open('r');
    await Promise.all([journal.submit([large('a')]), journal.submit([large('b')])]);
    const facts = await listAll(store, control.facts);
    expect(facts).toHaveLength(1);
    const entry = (await store.head(control.entry(1)))!;
    expect(entry.size).toBeLessThan(1_000);
    expect((await tellAll()).factsObjects).toEqual(new Set([facts[0]!.path]));
    expect((await readEntry(store, control, 1))?.facts).toHaveLength(2);
    expect((await open('reader')).key('b').lastEnded?.message).toHaveLength(700_000);
  });

  it('are all taken for named when an entry is missing: nobody knows what it named', async () => {
    const { store, open } = setUp();
    const journal = await open('r');
    await journal.submit([ended('z')]);
    await Promise.all([journal.submit([large('a')]), journal.submit([large('b')])]);
    await store.put(`${control.facts}orphan.json`, { bytes: Buffer.from('[]') }, { kind: 'create' });
    const all = (await listAll(store, control.facts)).map(({ path }) => path);
    expect([...(await namedFacts(store, control))]).toEqual(all.filter((path) => !path.includes('orphan')));
    await store.delete([{ path: control.entry(1), etag: null }]);
    expect([...(await namedFacts(store, control))]).toEqual(all);
  });

  it('stay in the entry up to 1 MiB', async () => {
    const { store, open } = setUp();
    const journal = await open('r');
    await journal.submit([large('a')]);
    expect(await listAll(store, control.facts)).toEqual([]);
  });

  it.each(['gone', 'changed'])('are JOURNAL_CORRUPT when they are %s', async (how) => {
    const { store, open } = setUp();
    const journal = await open('r');
    await Promise.all([journal.submit([large('a')]), journal.submit([large('b')])]);
    const [object] = await listAll(store, control.facts);
    if (how === 'gone') await store.delete([{ path: object!.path, etag: null }]);
    else await store.put(object!.path, { bytes: Buffer.from('[]') }, { kind: 'overwrite' });
    await expect(open('reader')).rejects.toMatchObject({ code: 'JOURNAL_CORRUPT' });
  });
});

describe('reading', () => {
  const [one, two, three] = entries([[ended('a')], [ended('b')], [ended('c')]]);

  it('an empty prefix is an empty journal', async () => {
    const { store } = setUp();
    expect(await readJournal(store, control)).toEqual(EMPTY_STATE);
  });

  it('finds entries that the listing does not show yet', async () => {
    const { store } = setUp();
    await putEntry(store, 1, one);
    const lagging = intercept(store, async (call, next) => {
      const answer = await next();
      if (call.method === 'list' && call.args[0] === control.journal)
        return { done: true, value: undefined } as never;
      return answer;
    });
    await putEntry(store, 2, two);
    expect((await readJournal(lagging, control)).sequence).toBe(2);
  });

  it.each<[string, Record<number, unknown>]>([
    ['a hole', { 1: one, 3: three }],
    ['a missing first entry', { 2: two }],
    ['an entry of a newer format', { 1: { ...one, format: 'lakefill.journal/2' } }],
    ['an unknown fact', { 1: { ...one, facts: [{ ...one!.facts[0], fact: 'renamed' }] } }],
    ['a fact that does not fit', { 1: { ...one, facts: [fact('cleaning')] } }],
    ['a number that is not the name’s', { 1: two }],
    ['text that is not JSON', { 1: '{"format": "lakefill.jour' }],
    ['an empty object', { 1: '' }],
    [
      'bytes that are not UTF-8',
      { 1: Buffer.concat([Buffer.from('{"a":"'), Buffer.of(0xff), Buffer.from('"}')]) },
    ],
  ])('%s is JOURNAL_CORRUPT and names the object or entry', async (_what, there) => {
    const { store, open } = setUp();
    for (const [sequence, content] of Object.entries(there)) await putEntry(store, Number(sequence), content);
    await expect(open('r')).rejects.toMatchObject({
      code: 'JOURNAL_CORRUPT',
      message: expect.stringMatching(/\d/) as string,
      hint: expect.stringMatching(/\w/) as string,
    });
  });

  it('notices every single bit that is wrong in an entry, also where what it says then is valid', () => {
    const entry = entries([[fact('promoting')]])[0]!;
    const bytes = Buffer.from(encodeEntry(entry));
    const unnoticed: string[] = [];
    for (let at = 0; at < bytes.length * 8; at++) {
      const damaged = Buffer.from(bytes);
      damaged[at >> 3]! ^= 1 << (at & 7);
      try {
        const read = decodeEntry(damaged, 'journal/1.json');
        // Without its checksum an entry is one of an earlier version; then nothing else is wrong with it.
        expect(read).toMatchObject(entry);
        unnoticed.push(damaged.subarray(bytes.lastIndexOf('"sha256"')).toString().slice(0, 8));
      } catch (error) {
        expect(error).toMatchObject({ code: 'JOURNAL_CORRUPT' });
      }
    }
    expect(unnoticed).not.toContain('"sha256"');
  });

  it('reads entries of before without a checksum, and gives what was written', async () => {
    const { store, open } = setUp();
    await putEntry(store, 1, one);
    await (await open('r')).submit([ended('b')]);
    const { bytes } = (await store.get(control.entry(2))) as { bytes: Uint8Array };
    expect(Buffer.from(bytes).toString()).toMatch(/,"sha256":"[0-9a-f]{64}"\}$/);
    const [first, second] = await readEntries(store, control);
    expect(first).toEqual(one);
    expect(Object.keys(second!)).toEqual(Object.keys(one!));
    // Only the spaces are others: it says the same.
    const pretty = Buffer.from(JSON.stringify(JSON.parse(Buffer.from(bytes).toString()), null, 2));
    expect(decodeEntry(pretty, 'journal/2.json')).toEqual(second);
  });

  it('is never an empty journal when the store cannot be read', async () => {
    const { store, open } = setUp();
    await putEntry(store, 1, one);
    const count = faults(store);
    await open('r', count.store);
    for (let at = 1; at <= count.calls.length; at++) {
      const faulty = faults(store, { at, kind: 'fail-before' });
      await expect(open('r', faulty.store)).rejects.toMatchObject({ code: 'STORE_FAILED' });
    }
  });

  it('goes on from a checkpoint, and without it when it is damaged', async () => {
    const { store, open } = setUp();
    const journal = await open('r');
    for (let i = 0; i < 70; i++) await journal.submit([ended(`k${i % 5}`, `a${i}`)]);
    const [checkpoint] = await listAll(store, control.checkpoints);
    expect(checkpoint?.path).toBe(control.checkpoint(64));
    const fresh = faults(store);
    expect((await readJournal(fresh.store, control)).keys).toEqual(journal.state.keys);
    const opened = fresh.calls.filter((call) => call.method === 'get').length;
    expect(opened).toBeLessThan(10);
    await store.put(checkpoint!.path, { bytes: Buffer.from('{}') }, { kind: 'overwrite' });
    expect((await readJournal(store, control)).keys).toEqual(journal.state.keys);
    expect(fold(EMPTY_STATE, await readEntries(store, control)).keys).toEqual(journal.state.keys);
  });

  it('has checkpoints even when every run adds only a few entries', async () => {
    const { store, open } = setUp();
    for (let run = 0; run < 30; run++) {
      const journal = await open(`r${run}`);
      for (let i = 0; i < 5; i++) await journal.submit([ended('k', `${run}-${i}`)]);
    }
    expect((await listAll(store, control.checkpoints)).map((object) => object.path)).toEqual([
      control.checkpoint(64),
      control.checkpoint(128),
    ]);
  });

  it('gives every entry in order, over several blocks', async () => {
    const { store, open } = setUp();
    const journal = await open('r');
    for (let i = 0; i < 70; i++) await journal.submit([ended('k', `a${i}`)]);
    const all = await readEntries(store, control);
    expect(all.map((entry) => entry.sequence)).toEqual(Array.from({ length: 70 }, (_, i) => i + 1));
    expect((await readEntries(store, control, 64)).map((entry) => entry.sequence)).toEqual([
      65, 66, 67, 68, 69, 70,
    ]);
  });
});
