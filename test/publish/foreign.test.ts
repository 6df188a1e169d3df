/**
 * Another program writes into a partition while it is published: at every call, every kind of change. It is never overwritten
 * silently, nobody is stuck, and what is told is what readers find.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { faults } from '../../src/store/fault.js';
import type { Call } from '../../src/store/intercept.js';
import type { PublishResult } from '../../src/publish/publisher.js';
import { attemptsOf, dataFiles, tell } from '../support/independent-reader.js';
import { foreignBytes, parsePart, settledViolations, wholeTags } from '../support/invariants.js';
import { BACKENDS, changed, oneByOne } from './backends.js';
import type { BackendName } from './backends.js';
import { createWorld, endViolations, plan, promote, publish, recoverBy } from './world.js';
import type { World } from './world.js';

const A = { key: 'dt=1', tag: 'A', parts: 2 };
const B = { key: 'dt=1', tag: 'B', parts: 2 };

interface Change {
  readonly name: string;
  /** The path that is changed, among those of the partition now; undefined: not possible now. */
  pick(world: World, paths: readonly string[]): string | undefined;
  readonly removes?: true;
}

const isNew = (path: string) => path.includes('part-g0000000002');
const isOld = (path: string) => path.includes('part-g0000000001');
const CHANGES: readonly Change[] = [
  { name: 'adds a file before all', pick: (world) => `${world.layout.root.path}dt=1/a.parquet` },
  { name: 'adds a file behind all', pick: (world) => `${world.layout.root.path}dt=1/zzz/b.parquet` },
  { name: 'replaces an old file', pick: (_world, paths) => paths.find(isOld) },
  { name: 'replaces a new file', pick: (_world, paths) => paths.findLast(isNew) },
  { name: 'removes an old file', pick: (_world, paths) => paths.find(isOld), removes: true },
  { name: 'removes a new file', pick: (_world, paths) => paths.findLast(isNew), removes: true },
];

let count = 0;
afterAll(() => void process.stdout.write(`foreign writer: ${count} cases\n`));

describe.each(BACKENDS)('another program on %s', (backend) => {
  it.each(CHANGES.map((change) => [change.name, change] as const))(
    '%s at every call of a promotion',
    async (_name, change) => {
      const violations: string[] = [];
      let at = 1;
      for (; ; at++) {
        const found = await oneCase(backend, change, at);
        if (found === null) break;
        violations.push(...found.map((text) => `at call ${at}: ${text}`));
        count += 1;
      }
      expect(at).toBeGreaterThan(15);
      expect(violations).toEqual([]);
    },
  );
});

interface Done {
  readonly path: string;
  readonly wasNew: boolean;
}

async function oneCase(backend: BackendName, change: Change, at: number): Promise<string[] | null> {
  const world = createWorld(backend);
  try {
    await publish(world, 'r1', A);
    const requests = await plan(world, 'r2', [B]);
    let done: Done | null = null;
    let reached = false;
    let listedAfter = false;
    const watched = faults(world.store, null, {
      onCall: async (call: Call) => {
        if (done && call.method === 'list' && call.page === 1 && call.args[0].includes('dt=1'))
          listedAfter = true;
        if (call.index !== at) return;
        reached = true;
        done = await makeChange(world, change);
        if (call.method === 'list' && call.page === 1 && call.args[0].includes('dt=1')) listedAfter = true;
      },
    });
    const results = await promote(world, 'r2', requests, oneByOne(watched.store));
    if (!reached) return null;
    const violations = await judge(world, results[0]!, done, listedAfter);
    const completed = watched.calls.findIndex((call) => call.method === 'complete');
    const verified = watched.calls.find(
      (call, i) => completed >= 0 && i > completed && call.method === 'list',
    );
    if (done !== null && at <= (verified?.index ?? Infinity) && results[0]!.outcome !== 'conflict')
      violations.push('it came before the verifying listing and was not noticed');
    if (done !== null && at <= (verified?.index ?? Infinity) && !(await isOldInPlace(world)))
      violations.push('it came before the verifying listing and did not win');
    const recovered = await recoverBy(world, 'recoverer');
    if (recovered.length > 0) violations.push(`it is left in flight: ${recovered[0]!.message}`);
    if (done === null) violations.push(...(await endViolations(world)));
    return violations;
  } finally {
    world.dispose();
  }
}

async function isOldInPlace(world: World): Promise<boolean> {
  const told = tell(await world.raw.snapshot(), world.control.prefix);
  return !attemptsOf(told, 'r2', 'dt=1').some((one) => one.published);
}

async function makeChange(world: World, { pick, removes }: Change): Promise<Done | null> {
  const paths: string[] = [];
  for await (const page of world.store.list(`${world.layout.root.path}dt=1/`))
    paths.push(...page.map((o) => o.path));
  const path = pick(world, paths);
  if (path === undefined) return null;
  if (removes) await world.store.delete([{ path, etag: null }]);
  else {
    // As long as the file that was there, so that only its version tells.
    const bytes = foreignBytes('theirs').subarray(0, 100);
    const there = (await world.raw.snapshot()).get(path);
    const same = there ? Buffer.alloc(there.length, bytes) : Buffer.from(bytes);
    await world.store.put(path, { bytes: same }, { kind: 'overwrite' });
    world.foreign.set(path, same);
  }
  return { path, wasNew: isNew(path) };
}

async function judge(
  world: World,
  result: PublishResult,
  done: Done | null,
  listedAfter: boolean,
): Promise<string[]> {
  const objects = await world.raw.snapshot();
  const violations: string[] = [];
  const revoked = tell(objects, world.control.prefix).keys.get('dt=1')!.withdrawn;
  for (const [path, bytes] of world.foreign) {
    // A name that an undone attempt made is lakefill's to clear, whoever wrote there since.
    if (revoked.some((name) => path.endsWith(`/${name}`))) continue;
    if (!objects.get(path)?.equals(Buffer.from(bytes)))
      violations.push(`${path} of the other program is gone`);
  }
  const told = tell(objects, world.control.prefix);
  if (told.keys.get('dt=1')!.phase !== 'stable') violations.push('it is stuck');
  const published = attemptsOf(told, 'r2', 'dt=1').some((one) => one.published);
  const says = result.outcome === 'promoted' || result.code === 'modified-outside';
  if (published !== says) violations.push(`told ${JSON.stringify(result)}, published ${published}`);
  if (result.outcome === 'promoted' && done !== null && listedAfter && objects.has(done.path))
    violations.push(`${done.path} was there at the last listing and is not told`);
  // Readers find what the other left of one generation, and nothing of the other.
  const files = dataFiles(objects, `${world.layout.root.path}dt=1/`);
  const tags = new Set([...files.values()].flatMap((bytes) => parsePart(bytes)?.tag ?? []));
  const expected = published ? 'B' : 'A';
  if ([...tags].some((tag) => tag !== expected))
    violations.push(`readers find ${[...tags].join()}, not ${expected}`);
  const harmed = done !== null && done.wasNew === published && /part-g/.test(done.path);
  if (!harmed && !wholeTags(files.values()).has(expected)) violations.push(`${expected} is not whole`);
  return violations;
}

async function firstCompletion(parts: number): Promise<number> {
  const world = createWorld('memory');
  await publish(world, 'r1', A);
  const requests = await plan(world, 'r2', [{ ...B, parts }]);
  const counted = faults(world.store);
  await promote(world, 'r2', requests, counted.store);
  return counted.calls.find((call) => call.method === 'complete')!.index;
}

describe('a completion that lands after its abort', () => {
  /** Completions and aborts cross: the abort is told that there is no such upload while the completion is still on its way. */
  it.each([1, 2])('is removed by the next writing command (%i files)', async (parts) => {
    const world = createWorld('memory');
    await publish(world, 'r1', A);
    const requests = await plan(world, 'r2', [{ ...B, parts }]);
    const crossing = changed(world.store, { abort: () => Promise.resolve({ outcome: 'gone' }) });
    const late = faults(world.store, { at: await firstCompletion(parts), kind: 'hang' });
    const publishing = promote(world, 'r2', requests, late.store);
    await late.hung;
    const recovered = await recoverBy({ ...world, store: crossing }, 'r3', 'abort');
    expect(recovered).toMatchObject([{ key: 'dt=1', result: 'withdrawn' }]);
    expect(settledViolations(await world.raw.snapshot(), world.expected)).toEqual([]);

    late.release();
    expect(await publishing).toMatchObject([{ outcome: 'conflict', code: 'withdrawn' }]);
    const doubled = dataFiles(await world.raw.snapshot(), `${world.layout.root.path}dt=1/`);
    expect(wholeTags(doubled.values())).toContain('A');
    expect(doubled.size).toBeGreaterThan(2);

    await recoverBy(world, 'r4');
    expect(await endViolations(world)).toEqual([]);
    await publish(world, 'r5', { ...B, tag: 'C' });
    expect(await endViolations(world)).toEqual([]);
  });
});
