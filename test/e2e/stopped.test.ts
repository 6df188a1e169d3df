/**
 * A run that is stopped at some moment (SIGSTOP: a laptop's lid, a paused machine) while another process takes its keys for dead and
 * recovers them, and that goes on afterwards (SIGCONT). A reader looks on all the time.
 */
import { utimesSync } from 'node:fs';
import { expect, test } from 'vitest';
import { days, until } from './lake.js';
import { DAY_ROWS, KEYS, Onlooker, Progress, publishedLake } from './moments.js';

const MOMENTS = [12, 30, 45, 60, 75, 88];

test('a stopped run that goes on after another recovered its partitions harms nothing', async () => {
  const lake = await publishedLake();
  const onlooker = new Onlooker(lake);
  let stopped = 0;
  let version = 1;
  const ends: Record<string, number> = {};
  for (const [i, at] of MOMENTS.entries()) {
    const versions = [version, version + 1] as const;
    version++;
    await lake.deliver(days(KEYS), version, DAY_ROWS);
    const progress = new Progress(lake);
    const run = lake.start(['run', '--yes', '--json', ...(i % 3 === 2 ? ['--together'] : [])]);
    let halted = false;
    await until(
      'its moment comes',
      () => {
        if (!run.ended() && progress.count() >= at) {
          run.kill('SIGSTOP');
          halted = true;
        }
        return Promise.resolve(halted || run.ended());
      },
      180,
    );
    if (halted) {
      stopped++;
      // Its lease is older than five minutes by now, as far as others can tell.
      const old = new Date(Date.now() - 600_000);
      for (const lease of lake.files('clean/_lakefill/sales/leases'))
        utimesSync(lake.path('clean/_lakefill/sales/leases', lease), old, old);
      await lake.library((project) => project.recover());
      await onlooker.expectWhole(...versions);
      run.kill('SIGCONT');
    }
    await until(
      'it ends',
      async () => {
        await onlooker.expectWhole(...versions);
        return run.ended();
      },
      180,
    );
    const { status } = await run.done;
    ends[String(status)] = (ends[String(status)] ?? 0) + 1;
    await lake.library((project) => project.recover());
    for (const found of await onlooker.settled()) expect(versions).toContain(found);
    await lake.fill();
    expect(await onlooker.settled()).toEqual(Array(KEYS).fill(version));
  }
  process.stdout.write(`stopped: ${stopped} of ${MOMENTS.length} runs, exit codes ${JSON.stringify(ends)}\n`);
  expect(stopped).toBeGreaterThan(2);
});
