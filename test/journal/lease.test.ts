import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { controlPaths } from '../../src/journal/control.js';
import { Lease, LEASE_FORMAT, liveKeys, readLeases } from '../../src/journal/lease.js';
import type { LeaseContent } from '../../src/journal/lease.js';
import { faults } from '../../src/store/fault.js';
import { createMemoryStore } from '../../src/store/memory.js';
import { listAll } from '../../src/store/object-store.js';
import type { ObjectStore } from '../../src/store/object-store.js';
import { ManualClock } from '../support/manual-clock.js';

const control = controlPaths({ store: 'memory://t/', path: 'lake/sales/' });
const releases: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const release of releases.splice(0)) await release();
});

function setUp() {
  const clock = new ManualClock();
  const store = createMemoryStore('memory://t/', { clock });
  const take = async (run: string, keys: readonly string[]) => {
    const lease = new Lease({ store, control, clock, run, by: 'tester@here', keys });
    await lease.take();
    releases.push(() => lease.release());
    return lease;
  };
  const read = () => readLeases(store, control);
  /** Another process's lease, as it would have written it. */
  const plant = async (run: string, over: Partial<LeaseContent>) => {
    const mine = (await read()).find((lease) => lease.content.run === 'mine')!.content;
    const content = { ...mine, run, ...over };
    await store.put(
      `${control.leases}${run}.json`,
      { bytes: Buffer.from(JSON.stringify(content)) },
      { kind: 'overwrite' },
    );
  };
  return { clock, store, take, read, plant };
}

async function deadProcess(): Promise<number> {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  await once(child, 'spawn');
  child.kill('SIGKILL');
  await once(child, 'exit');
  return child.pid!;
}

describe('a lease', () => {
  it('names its keys to others, and not any more after its release', async () => {
    const { store, take, read } = setUp();
    const lease = await take('mine', ['dt=1', 'dt=2']);
    const found = await read();
    expect(found).toMatchObject([
      { alive: true, content: { run: 'mine', keys: ['dt=1', 'dt=2'], working: [] } },
    ]);
    expect([...liveKeys(found)]).toEqual([
      ['dt=1', { run: 'mine' }],
      ['dt=2', { run: 'mine' }],
    ]);
    expect(liveKeys(found, 'mine').size).toBe(0);
    await lease.release();
    expect(await listAll(store, control.leases)).toEqual([]);
  });

  it('says what is being worked on, and a change during release writes nothing', async () => {
    const { store, take, read } = setUp();
    const lease = await take('mine', ['dt=1', 'dt=2']);
    lease.begin('dt=1', 'tried-1');
    lease.begin('dt=2', 'tried-2');
    lease.end('dt=1');
    const releasing = lease.release();
    lease.begin('dt=1', 'tried-1');
    await releasing;
    expect(await listAll(store, control.leases)).toEqual([]);
    const again = await take('again', ['dt=1']);
    again.begin('dt=1', 'tried-1');
    await vi.waitFor(async () =>
      expect((await read())[0]!.content.working).toEqual([{ key: 'dt=1', tried: 'tried-1' }]),
    );
  });

  it('is written at once at the first change, and once a second at most however much changes', async () => {
    vi.useFakeTimers();
    releases.push(() => Promise.resolve(void vi.useRealTimers()));
    const { clock, store } = setUp();
    const puts: number[] = [];
    const put: ObjectStore['put'] = (...args) => {
      puts.push(clock.monotonic());
      return store.put(...args);
    };
    const watched = Object.assign(Object.create(store) as ObjectStore, { put });
    const lease = new Lease({ store: watched, control, clock, run: 'r', by: 'x', keys: [] });
    await lease.take();
    for (let ms = 0; ms < 2500; ms += 50) {
      lease.begin(`dt=${ms}`, 'tried');
      clock.advance(50);
      await vi.advanceTimersByTimeAsync(50);
    }
    await lease.release();
    expect(puts).toHaveLength(4);
    expect(puts.slice(2).map((at, i) => at - puts[i + 1]!)).toEqual([1000, 1000]);
  });

  it('lives for 300 s after it was written, by the store’s clock', async () => {
    const { clock, take, read } = setUp();
    await take('mine', ['dt=1']);
    clock.advance(299_999);
    expect((await read())[0]!.alive).toBe(true);
    clock.advance(1);
    expect((await read())[0]!.alive).toBe(false);
  });

  it('is dead at once when its process of this machine is gone', async () => {
    const { take, read, plant } = setUp();
    await take('mine', []);
    await plant('killed', { pid: await deadProcess(), keys: ['dt=1'] });
    const found = await read();
    expect(found.map(({ content, alive }) => [content.run, alive])).toEqual([
      ['killed', false],
      ['mine', true],
    ]);
    expect(liveKeys(found).size).toBe(0);
  });

  it('is dead when its pid belongs to a process that started at another time', async () => {
    const { take, read, plant } = setUp();
    await take('mine', []);
    const own = (await read())[0]!.content;
    expect(own.started).toMatch(/^\d+$/);
    await plant('reused', { started: '1' });
    expect((await read()).find(({ content }) => content.run === 'reused')!.alive).toBe(false);
  });

  it('of another machine lives by its age alone, whatever pid it names', async () => {
    const { take, read, plant } = setUp();
    await take('mine', []);
    await plant('remote', { pid: await deadProcess(), machine: 'elsewhere' });
    expect((await read()).find(({ content }) => content.run === 'remote')!.alive).toBe(true);
  });

  it.each(['', '{', '[]', 'null', JSON.stringify({ format: 'lakefill.lease/9', keys: [] })])(
    'that cannot be read (%j) protects no key but its run, until it is old',
    async (text) => {
      const { clock, store, read } = setUp();
      await store.put(`${control.leases}odd.json`, { bytes: Buffer.from(text) }, { kind: 'create' });
      const found = await read();
      expect(found).toMatchObject([{ alive: true, content: { format: LEASE_FORMAT, run: 'odd', keys: [] } }]);
      expect(liveKeys(found).size).toBe(0);
      clock.advance(300_000);
      expect((await read())[0]!.alive).toBe(false);
    },
  );

  it('that cannot be written fails at once', async () => {
    const { clock, store } = setUp();
    const denied = faults(store, { at: 1, kind: 'fail-before', code: 'STORE_DENIED' });
    const lease = new Lease({ store: denied.store, control, clock, run: 'r', by: 'x', keys: [] });
    await expect(lease.take()).rejects.toMatchObject({ code: 'STORE_DENIED' });
  });

  it('that cannot be deleted at its release names no keys any more', async () => {
    const { clock, store, read } = setUp();
    const denied = faults(store, { at: 2, kind: 'fail-before' });
    const lease = new Lease({ store: denied.store, control, clock, run: 'r', by: 'x', keys: ['dt=1'] });
    await lease.take();
    expect(liveKeys(await read()).size).toBe(1);
    await lease.release();
    expect(denied.calls.map((call) => call.method)).toEqual(['put', 'delete', 'put']);
    expect(liveKeys(await read()).size).toBe(0);
  });

  it('survives a write that fails later, and release never throws', async () => {
    const { clock, store } = setUp();
    const outage = faults(store, { at: 2, kind: 'fail-before', times: Infinity });
    const lease = new Lease({ store: outage.store, control, clock, run: 'r', by: 'x', keys: [] });
    await lease.take();
    lease.begin('dt=1', 't');
    await vi.waitFor(() => expect(outage.calls).toHaveLength(2));
    await lease.release();
    expect(outage.calls.map((call) => call.method)).toEqual(['put', 'put', 'delete', 'put']);
  });
});
