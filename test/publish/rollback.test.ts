import { describe, expect, it } from 'vitest';
import type { Fact } from '../../src/journal/entry.js';
import { hivePublisher } from '../../src/publish/hive/promote.js';
import { keysMadeBy, rollbackStep } from '../../src/publish/rollback.js';
import { dataFiles } from '../support/independent-reader.js';
import { foreignBytes, NOTHING, parsePart } from '../support/invariants.js';
import { BACKENDS } from './backends.js';
import { actor, DAY, endViolations, gc, plan, publish, rollBack } from './world.js';
import type { World } from './world.js';
import { usingWorlds } from './worlds.js';

const world = usingWorlds();

async function tagsAt(w: World, key: string): Promise<string> {
  const files = dataFiles(await w.raw.snapshot(), `${w.layout.root.path}${key}/`);
  const texts = [...files.values()].map((bytes) => {
    const part = parsePart(bytes);
    return part ? `${part.tag}${part.part}` : bytes.toString().trim();
  });
  return texts.sort().join(' ');
}

async function step(w: World, run: string, key = 'dt=1') {
  const context = await actor(w, 'rollback');
  return rollbackStep(context, context.journal.key(key), run, 'plan', 'tried');
}

const A = { key: 'dt=1', tag: 'A', parts: 2 };
const B = { key: 'dt=1', tag: 'B', parts: 3 };
const C = { key: 'dt=1', tag: 'C', parts: 1 };

describe.each(BACKENDS)('rollback on %s', (name) => {
  it('of a creation makes the partition absent again, and says so', async () => {
    const w = world(name);
    await publish(w, 'r1', A);
    w.may.set('dt=1', [NOTHING]);
    expect(await rollBack(w, 'back', 'r1')).toMatchObject([
      { outcome: 'promoted', generation: 2, files: [] },
    ]);
    expect(await tagsAt(w, 'dt=1')).toBe('');
    expect((await actor(w, 'x')).journal.key('dt=1')).toMatchObject({
      generation: null,
      record: null,
      contentOf: null,
      undone: { run: 'r1', tried: 'tried-of-r1' },
    });
    expect(await endViolations(w)).toEqual([]);
    await publish(w, 'r2', B);
    expect(await tagsAt(w, 'dt=1')).toBe('B0 B1 B2');
    expect((await actor(w, 'x')).journal.key('dt=1')).toMatchObject({ generation: 3, undone: null });
    expect(await endViolations(w)).toEqual([]);
  });

  it('of a replacement brings the bytes before it back as a new generation', async () => {
    const w = world(name);
    await publish(w, 'r1', A);
    await publish(w, 'r2', B);
    const before = (await actor(w, 'x')).journal.key('dt=1').retained[1]!;
    w.may.set('dt=1', ['A']);
    expect(await rollBack(w, 'back', 'r2')).toMatchObject([{ outcome: 'promoted', generation: 3 }]);
    expect(await tagsAt(w, 'dt=1')).toBe('A0 A1');
    const after = (await actor(w, 'x')).journal.key('dt=1');
    expect(after).toMatchObject({ generation: 3, contentOf: 'r1', record: before.record });
    expect(after.files.map((file) => file.sha256)).toEqual(before.files.map((file) => file.sha256));
    expect(await endViolations(w)).toEqual([]);
  });

  it('goes back run by run, to absence, and not twice', async () => {
    const w = world(name);
    await publish(w, 'r1', A);
    await publish(w, 'r2', B);
    await publish(w, 'r3', C);
    expect(await step(w, 'r1')).toMatchObject({ possible: false, code: 'replaced-since' });
    expect(await step(w, 'r2')).toMatchObject({
      possible: false,
      code: 'replaced-since',
      hint: expect.stringContaining('r3') as string,
    });
    w.may.set('dt=1', ['B']);
    await rollBack(w, 'back-3', 'r3');
    expect(await tagsAt(w, 'dt=1')).toBe('B0 B1 B2');
    w.may.set('dt=1', ['A']);
    await rollBack(w, 'back-2', 'r2');
    expect(await tagsAt(w, 'dt=1')).toBe('A0 A1');
    w.may.set('dt=1', [NOTHING]);
    await rollBack(w, 'back-1', 'r1');
    expect(await tagsAt(w, 'dt=1')).toBe('');
    expect(await step(w, 'r1')).toMatchObject({ possible: false, code: 'already-undone' });
    for (const run of ['r2', 'r3', 'back-1'])
      expect(await step(w, run)).toMatchObject({ possible: false, code: 'replaced-since' });
    expect(await endViolations(w)).toEqual([]);
  });

  it('brings back what lakefill did not write, and what was empty', async () => {
    const w = world(name);
    const path = `${w.layout.root.path}dt=1/their file é.parquet`;
    await w.store.put(path, { bytes: foreignBytes('theirs') }, { kind: 'create' });
    await publish(w, 'r1', A);
    await rollBack(w, 'back-1', 'r1');
    expect(await tagsAt(w, 'dt=1')).toBe('foreign theirs');
    expect((await actor(w, 'x')).journal.key('dt=1')).toMatchObject({ generation: 2, contentOf: null });
    await publish(w, 'r2', { ...A, parts: 0 });
    await publish(w, 'r3', B);
    await rollBack(w, 'back-3', 'r3');
    expect(await tagsAt(w, 'dt=1')).toBe('');
    expect((await actor(w, 'x')).journal.key('dt=1')).toMatchObject({
      generation: 5,
      contentOf: 'r2',
      files: [],
    });
  });

  it('says that a run was undone although its inputs were confirmed since', async () => {
    const w = world(name);
    await publish(w, 'r1', A);
    await publish(w, 'r2', B);
    await rollBack(w, 'back', 'r2');
    const context = await actor(w, 'r3');
    const { generation, record } = context.journal.key('dt=1');
    const refreshed = { fact: 'refreshed', key: 'dt=1', attempt: 'a', plan: 'p', generation, record } as Fact;
    expect(await context.journal.submit([refreshed])).toMatchObject({ outcome: 'recorded' });
    expect((await actor(w, 'x')).journal.key('dt=1').undone).toBeNull();
    expect(await step(w, 'r2')).toMatchObject({ possible: false, code: 'already-undone' });
  });

  it('brings back what something else had put beside a generation, and goes on from there', async () => {
    const w = world(name);
    await publish(w, 'r1', A);
    await w.store.put(
      `${w.layout.root.path}dt=1/theirs.parquet`,
      { bytes: foreignBytes('theirs') },
      { kind: 'create' },
    );
    await publish(w, 'r2', B);
    await rollBack(w, 'back-2', 'r2');
    expect(await tagsAt(w, 'dt=1')).toBe('A0 A1 foreign theirs');
    await publish(w, 'r3', C);
    await rollBack(w, 'back-3', 'r3');
    expect(await tagsAt(w, 'dt=1')).toBe('A0 A1 foreign theirs');
  });

  it('never publishes damage again', async () => {
    const w = world(name);
    await publish(w, 'r1', A);
    const prefix = `${w.layout.root.path}dt=1/`;
    const [damaged] = dataFiles(await w.raw.snapshot(), prefix).keys();
    await w.store.put(prefix + damaged!, { bytes: foreignBytes('flipped') }, { kind: 'overwrite' });
    await publish(w, 'r2', B);
    expect(await step(w, 'r2')).toMatchObject({ possible: false, code: 'retained-damaged' });
    expect(await tagsAt(w, 'dt=1')).toBe('B0 B1 B2');
  });

  it('takes back a whole run of several partitions as one', async () => {
    const w = world(name);
    await publish(w, 'r1', A);
    await publish(w, 'r2', B, { key: 'dt=2', tag: 'B', parts: 1 });
    w.may.set('dt=1', ['A']);
    w.may.set('dt=2', [NOTHING]);
    const context = await actor(w, 'x');
    expect(keysMadeBy(context, 'r2').map((state) => state.key)).toEqual(['dt=1', 'dt=2']);
    const results = await rollBack(w, 'back', 'r2');
    expect(results.map((result) => result.outcome)).toEqual(['promoted', 'promoted']);
    expect(await endViolations(w)).toEqual([]);
  });

  it('is refused when the kept generation was dropped, and readers keep what they have', async () => {
    const w = world(name);
    await publish(w, 'r1', A);
    await publish(w, 'r2', B);
    const items = await gc(w, 'gc', 31 * DAY);
    expect(items.filter((item) => item.kind === 'retained')).toMatchObject([{ objects: 2, removed: true }]);
    expect(await step(w, 'r2')).toMatchObject({ possible: false, code: 'not-retained' });
    expect(await tagsAt(w, 'dt=1')).toBe('B0 B1 B2');
    expect(await endViolations(w)).toEqual([]);
  });

  it('is refused when nothing was kept', async () => {
    const w = world(name);
    await publish(w, 'r1', A);
    const context = { ...(await actor(w, 'r2')), rollbackKeep: 0 };
    const [request] = await plan(w, 'r2', [B]);
    await hivePublisher.promote(context, [request!]);
    w.may.set('dt=1', ['B']);
    expect(await step(w, 'r2')).toMatchObject({ possible: false, code: 'not-retained' });
    expect(
      [...(await w.raw.snapshot()).keys()].filter((path) => path.startsWith(w.control.retained)),
    ).toEqual([]);
    expect(await endViolations(w)).toEqual([]);
  });

  it.each(['a byte', 'the length', 'a file'])('is refused when %s of what was kept is lost', async (what) => {
    const w = world(name);
    await publish(w, 'r1', A);
    await publish(w, 'r2', B);
    const kept = (await actor(w, 'x')).journal.key('dt=1').retained[1]!;
    const path = kept.prefix! + kept.files[1]!.name;
    const bytes = Buffer.from((await w.raw.snapshot()).get(path)!);
    if (what === 'a file') await w.store.delete([{ path, etag: null }]);
    else if (what === 'the length')
      await w.store.put(path, { bytes: bytes.subarray(1) }, { kind: 'overwrite' });
    else {
      bytes[3]! ^= 1;
      await w.store.put(path, { bytes }, { kind: 'overwrite' });
    }
    expect(await step(w, 'r2')).toMatchObject({ possible: false, code: 'retained-damaged' });
    expect(await tagsAt(w, 'dt=1')).toBe('B0 B1 B2');
  });

  it('is refused when what stood there before the run was damaged already', async () => {
    const w = world(name);
    await publish(w, 'r1', A);
    const path = (await hivePublisher.current(await actor(w, 'x'), 'dt=1'))[0]!.path;
    const bytes = Buffer.from((await w.raw.snapshot()).get(path)!);
    bytes[bytes.length - 1]! ^= 1;
    await w.store.put(path, { bytes }, { kind: 'overwrite' });
    // Made again over the damage: the kept copy is whole, of what was not.
    await publish(w, 'r2', B);
    expect(await step(w, 'r2')).toMatchObject({
      possible: false,
      code: 'retained-damaged',
      message: expect.stringContaining('not the whole generation') as string,
    });
    expect(await tagsAt(w, 'dt=1')).toBe('B0 B1 B2');
  });

  it.each(['added', 'replaced', 'removed'])(
    'is refused when a file was %s by something else',
    async (how) => {
      const w = world(name);
      await publish(w, 'r1', A);
      await publish(w, 'r2', B);
      const path = (await hivePublisher.current(await actor(w, 'x'), 'dt=1'))[0]!.path;
      if (how === 'removed') await w.store.delete([{ path, etag: null }]);
      else {
        const target = how === 'added' ? `${path}.theirs.parquet` : path;
        await w.store.put(target, { bytes: foreignBytes('theirs') }, { kind: 'overwrite' });
      }
      const before = await tagsAt(w, 'dt=1');
      expect(await step(w, 'r2')).toMatchObject({ possible: false, code: 'modified-outside' });
      expect(await tagsAt(w, 'dt=1')).toBe(before);
    },
  );

  it('is refused while the partition is in flight', async () => {
    const w = world(name);
    await publish(w, 'r1', A);
    const context = await actor(w, 'x');
    const state = { ...context.journal.key('dt=1'), phase: 'promoting' as const };
    expect(await rollbackStep(context, state, 'r1', 'p', 't')).toMatchObject({
      possible: false,
      code: 'in-flight',
    });
  });
});
