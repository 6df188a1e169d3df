/** What a run says of the files at a partition that did not end as asked is what was looked at, or that it is not known. */
import { describe, expect, it, vi } from 'vitest';
import type { RunDocument } from '../../src/index.js';
import { expectValid } from '../cli/support/schemas.js';
import { key, TestLake } from '../e2e/lake.js';
import { DAYS, S3Lake } from './s3-lake.js';

vi.setConfig({ testTimeout: 300_000 });

const [FIRST] = DAYS as [string];

function only(document: RunDocument) {
  expectValid('run', document);
  const [partition] = document.datasets[0]!.partitions;
  return partition!;
}

describe('a publication that is cut', () => {
  // Entries 1 and 2 made the partition; 3 is the intent to replace it, 4 `cleaning`, 5 `published`.
  it.each([
    [4, 'promoting', 2],
    [5, 'cleaning', 1],
  ])('before entry %i says that it is %s, and recover ends it', async (sequence, standing, files) => {
    const lake = await S3Lake.make();
    try {
      await lake.putRaw(FIRST, 3);
      const project = await lake.open();
      const request = { partitions: [`dt=${FIRST}`] };
      await project.apply(await project.plan(request));
      await lake.putRaw(FIRST, 5, 1);
      const fault = {
        operation: 'PutObject',
        key: new RegExp(`/journal/0{19}${sequence}\\.json$`),
        times: Infinity,
        action: { kind: 'status', status: 403, code: 'AccessDenied' },
      } as const;
      lake.server.faults.plant(fault);
      const cut = only(await project.apply(await project.plan(request)));
      expect(cut).toMatchObject({ outcome: 'failed', standing });
      expect(cut.error!.hint).toContain('lakefill recover');
      expect(lake.paths(`clean/sales/dt=${FIRST}/`)).toHaveLength(files);
      lake.server.faults.clear();
      await (await lake.open()).recover();
      expect(await lake.amounts(FIRST)).toEqual([4, 6, 8, 10, 12]);
    } finally {
      await lake.close();
    }
  });
});

describe('a base that moved', () => {
  it('is not claimed to be what readers find: its files were removed, or changed', async () => {
    const lake = await TestLake.sales(2);
    await lake.fill();
    await lake.deliver([1, 2], 2);
    await lake.plan('plan.json');
    lake.remove(`clean/sales/${key(1)}`);
    const [name] = lake.files(`clean/sales/${key(2)}`);
    lake.write(`clean/sales/${key(2)}/${name}`, 'other bytes');
    const { stdout } = await lake.ok(10, 'apply', 'plan.json');
    expect(stdout).not.toContain('readers find generation');
    expect(stdout).toContain('now: no file stands there');
    expect(stdout).toContain('now: the files there are not those that lakefill published last');
  });

  it('that another run replaced is what that run published', async () => {
    const lake = await TestLake.sales(1);
    await lake.fill();
    await lake.deliver([1], 2);
    await lake.plan('plan.json');
    await lake.run(0, '--yes');
    const { stdout } = await lake.ok(10, 'apply', 'plan.json');
    expect(stdout).toContain('now: readers find generation 2');
  });
});
