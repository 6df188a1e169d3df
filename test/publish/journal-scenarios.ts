/** Acts that only append to the journal: adoption of what stands there, an entry whose facts have an object of their own, a checkpoint. */
import { sha256 } from '../../src/core/digest.js';
import type { Fact } from '../../src/journal/entry.js';
import { hivePublisher } from '../../src/publish/hive/promote.js';
import { partBytes } from '../support/invariants.js';
import type { Scenario } from './scenarios.js';
import { actor, plan, promote, publish, recordOf } from './world.js';
import type { World } from './world.js';

/** Two files of generation A that lakefill has not written. */
async function unmanaged(world: World): Promise<void> {
  for (const part of [0, 1]) {
    const path = `${world.layout.root.path}dt=1/theirs-${part}.parquet`;
    await world.store.put(path, { bytes: partBytes('A', part, 2) }, { kind: 'create' });
  }
  world.may.set('dt=1', ['A']);
}

async function adopted(world: World): Promise<Fact> {
  const objects = await hivePublisher.current(await actor(world, 'looking'), 'dt=1');
  const files = objects.map(({ path, size, etag }, part) => ({
    name: path.slice(`${world.layout.root.path}dt=1/`.length),
    size,
    etag,
    sha256: sha256(partBytes('A', part, 2)),
  }));
  const record = { ...recordOf('A', files), assumed: true };
  return { fact: 'adopted', key: 'dt=1', attempt: 'adoption', generation: 1, files, record };
}

function ended(attempt: string, message: string): Fact {
  const outcome = 'failed';
  return { fact: 'ended', key: 'dt=1', attempt, outcome, code: 'TRANSFORM_FAILED', message, tried: 't' };
}

export const JOURNAL_SCENARIOS: readonly Scenario[] = [
  {
    name: 'adoption, then a promotion over it',
    run: 'r2',
    arrange: async (world) => {
      await unmanaged(world);
      const fact = await adopted(world);
      const requests = await plan(world, 'r2', [{ key: 'dt=1', tag: 'B', parts: 2 }]);
      const base = { ...requests[0]!.base, generation: 1 };
      return async (store) => {
        await (await actor(world, 'r1', store)).journal.submit([fact]);
        return promote(world, 'r2', [{ ...requests[0]!, base }], store);
      };
    },
  },
  {
    name: 'an entry with facts of its own object',
    run: 'r2',
    arrange: async (world) => {
      await publish(world, 'r1', { key: 'dt=1', tag: 'A', parts: 2 });
      const long = 'x'.repeat(1_100_000);
      return async (store) => (await actor(world, 'r2', store)).journal.submit([ended('a', long)]);
    },
  },
  {
    name: 'entries around a checkpoint',
    run: 'r2',
    arrange: async (world) => {
      await publish(world, 'r1', { key: 'dt=1', tag: 'A', parts: 2 });
      const { journal } = await actor(world, 'r1');
      while (journal.state.sequence < 62) await journal.submit([ended(`a${journal.state.sequence}`, 'm')]);
      return async (store) => {
        const { journal: other } = await actor(world, 'r2', store);
        for (let i = 0; i < 4; i++) await other.submit([ended(`b${i}`, 'm')]);
      };
    },
  },
];
