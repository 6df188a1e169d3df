/** The commands of docs/how-to/adopt-an-existing-lake.md do what the page shows, one after the other. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { salesSql, writeParquet } from '../e2e/duck.js';
import { ROWS, TestLake, day, days, key } from '../e2e/lake.js';

const PAGE = new URL('../../docs/how-to/adopt-an-existing-lake.md', import.meta.url);

interface Shown {
  readonly args: readonly string[];
  readonly output: string;
}

function commandsOf(page: string): Shown[] {
  const blocks = [...page.matchAll(/```console\n([\s\S]*?)```/g)].map(([, text]) => text!);
  return blocks
    .flatMap((block) => block.split(/^\$ lakefill /m).slice(1))
    .map((text) => {
      const [line, ...output] = text.split('\n');
      const args = [...line!.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!);
      return { args, output: output.join('\n').trim() };
    });
}

/** Without what differs from run to run: ids, durations, sizes, and where the lake stands. */
function steady(text: string, lake: TestLake): string {
  return text
    .replaceAll(`${lake.dir}/`, '')
    .replace(/\d{8}T\d{6}-[0-9a-f]{6}/g, 'RUN')
    .replace(/-[0-9a-f]{16}-/g, '-ATTEMPT-')
    .replace(/[\d.]+ s\b/g, 'SECONDS')
    .replace(/[\d.]+ KiB/g, 'SIZE')
    .trim();
}

test('every command of the page prints what the page says', async () => {
  const lake = await TestLake.sales(31);
  for (const n of days(31)) {
    const rows = salesSql(day(n), n * 100_000, 1, ROWS);
    await writeParquet(
      lake.path(`clean/sales/${key(n)}/part-00000-8c1b6a3e-c000.snappy.parquet`),
      `SELECT order_id, ts, upper(trim(region)) AS region, qty * price AS revenue, version FROM (${rows})`,
    );
  }
  await lake.deliver([17], 2);
  const shown = commandsOf(readFileSync(PAGE, 'utf8'));
  expect(shown.length).toBeGreaterThanOrEqual(9);
  for (const { args, output } of shown) {
    // What the page tells between its commands.
    if (output.includes('The journal of sales is lost')) lake.remove('clean/_lakefill');
    const done = await lake.cli(...args);
    expect(steady(done.stdout + done.stderr, lake), args.join(' ')).toBe(steady(output, lake));
  }
  expect((await lake.scan()).datasets[0]!.counts).toEqual({ fresh: 31 });
});
