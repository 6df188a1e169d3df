/** The built command line on a new project, from `init` to `rollback`; every document is held against its schema. */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HistoryDocument, Plan, RunDocument, RunEvent, ScanDocument } from '../../src/index.js';
import { createSandbox, type Sandbox } from './support/process.js';
import { expectValid } from './support/schemas.js';

let box: Sandbox;
let firstRun: string;

beforeAll(() => {
  box = createSandbox();
});
afterAll(() => box.remove());

const counts = async () => ((await box.json('scan')) as ScanDocument).datasets[0]?.counts;

describe.sequential('from init to rollback', () => {
  test('init writes a project that works', async () => {
    const document = await box.json('init');
    expectValid('init', document);
    for (const { path: file } of (document as { files: { path: string }[] }).files)
      expect(existsSync(path.join(box.dir, file))).toBe(true);
  });

  test('init does not overwrite, and says what is in the way', async () => {
    const before = readFileSync(path.join(box.dir, 'lakefill.yaml'), 'utf8');
    const { exitCode, err } = await box.lakefill('init');
    expect(exitCode).toBe(2);
    expect(err).toContain('already has lakefill.yaml, partitions/sales.yaml');
    expect(readFileSync(path.join(box.dir, 'lakefill.yaml'), 'utf8')).toBe(before);
  });

  test('scan sees three missing days; --check makes that exit 4', async () => {
    const document = await box.json('scan');
    expectValid('scan', document);
    expect((document as ScanDocument).datasets[0]?.counts).toEqual({ missing: 3 });
    const { exitCode, out, err } = await box.lakefill('scan', '--check');
    expect({ exitCode, err }).toEqual({ exitCode: 4, err: '' });
    expect(out).toContain('  missing  2025-01-01 .. 2025-01-03 (3)  absent: no object under ');
    expect(out).toContain('next: lakefill plan\n');
  });

  test('plan says what a run would do and writes it to a file', async () => {
    const { exitCode, out } = await box.lakefill('plan', '--check', '--out', 'plan.json');
    expect(exitCode).toBe(4);
    expect(out).toContain('create  2025-01-01 .. 2025-01-03 (3)  absent: nothing there yet  reads 3 objects');
    expect(out).toContain('next: lakefill apply plan.json\n');
    const saved = JSON.parse(readFileSync(path.join(box.dir, 'plan.json'), 'utf8')) as Plan;
    expectValid('plan', saved);
    expect(saved.datasets[0]?.tasks).toHaveLength(3);
  });

  test('apply --dry-run writes nothing', async () => {
    const { exitCode, out } = await box.lakefill('apply', 'plan.json', '--dry-run');
    expect(exitCode).toBe(0);
    expect(out).toContain('dry run: nothing was written\n');
    expect(existsSync(path.join(box.dir, 'lake/sales'))).toBe(false);
    expect(await counts()).toEqual({ missing: 3 });
  });

  test('apply does exactly that plan, without a question', async () => {
    const { exitCode, out, err } = await box.lakefill('apply', 'plan.json');
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' });
    expect(
      out.match(/^\[\d\/3\] dt=2025-01-0\d {2}promoted {2}\d rows {2}\d+ B {2}checks [34] ok {2}[\d.]+ s$/gm),
    ).toHaveLength(3);
    expect((await box.lakefill('scan', '--check')).exitCode).toBe(0);
  });

  test('the same plan again is a run without changes', async () => {
    const document = (await box.json('apply', 'plan.json')) as RunDocument;
    expectValid('run', document);
    expect(document).toMatchObject({ exitCode: 0, command: 'apply', counts: { unchanged: 3 } });
  });

  test('run with nothing to do ends well', async () => {
    const { exitCode, out } = await box.lakefill('run', '--yes');
    expect(exitCode).toBe(0);
    expect(out).toContain('3 fresh, not selected; add --only all');
    expect(out).toContain('total: nothing to do\n');
  });

  test('history lists the runs; of one run it shows every key; of one key its life', async () => {
    const history = (await box.json('history')) as HistoryDocument;
    expectValid('history', history);
    firstRun = history.runs.at(-1)?.run as string;
    expect(history.runs.at(-1)).toMatchObject({ command: 'apply', counts: { promoted: 3 } });
    const run = (await box.json('history', firstRun)) as RunDocument;
    expectValid('run', run);
    expect(run).toMatchObject({ id: firstRun, counts: { promoted: 3 } });
    const events = (await box.json('history', 'sales', '--partition', 'dt=2025-01-02')) as HistoryDocument;
    expectValid('history', events);
    expect(new Set(events.events.map((event) => event.key))).toEqual(new Set(['dt=2025-01-02']));
  });

  test('a correction arrives: the day is stale, run --events tells what happens', async () => {
    appendFileSync(
      path.join(box.dir, 'raw/sales/dt=2025-01-02/orders.csv'),
      '99,2025-01-02T12:00:00Z,eu,1,1.00\n',
    );
    expect(await counts()).toEqual({ fresh: 2, stale: 1 });
    const { exitCode, out } = await box.lakefill('run', '--yes', '--events', '--reason', 'late order');
    expect(exitCode).toBe(0);
    const events = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as RunEvent);
    for (const event of events) expectValid('event', event);
    expect(events[0]).toMatchObject({ event: 'run-started', tasks: 1 });
    expect(events.at(-1)).toMatchObject({
      event: 'run-ended',
      document: { reason: 'late order', counts: { promoted: 1 } },
    });
    expect(await counts()).toEqual({ fresh: 3 });
  });

  test('what fails its checks is refused: exit 12, told, and retry tries it again', async () => {
    appendFileSync(
      path.join(box.dir, 'raw/sales/dt=2025-01-03/orders.csv'),
      '98,2025-01-03T12:00:00Z,eu,1,1.00\n'.repeat(2),
    );
    const { exitCode, out } = await box.lakefill('run', '--yes');
    expect(exitCode).toBe(12);
    expect(out).toContain('sales/dt=2025-01-03  rejected\n');
    expect(out).toContain('  unique(order_id): ');
    expect(out).toContain('  now: readers find generation 1\n');
    const run = /^next: lakefill retry (\S+)$/m.exec(out)?.[1] as string;
    const retried = (await box.json(
      'retry',
      run,
      '--yes',
      '--accept',
      'unique(order_id)',
      '--reason',
      'known',
    )) as RunDocument;
    expectValid('run', retried);
    expect(retried).toMatchObject({ command: 'retry', exitCode: 0, counts: { promoted: 1 } });
  });

  test('history of a partition that is not there names the nearest, and lists no runs', async () => {
    const { exitCode, out } = await box.lakefill('history', '--partition', 'dt=2025-01-99');
    expect({ exitCode, out }).toEqual({
      exitCode: 0,
      out: 'nothing is recorded of dt=2025-01-99; the nearest is dt=2025-01-01\nnext: lakefill history --partition dt=2025-01-01\n',
    });
    const document = await box.json(
      'history',
      '--partition',
      'dt=2025-01-02..2025-01-03',
      '--partition',
      'x',
    );
    expectValid('history', document);
    const { events, unmatched } = document as HistoryDocument;
    expect(new Set(events.map(({ key }) => key))).toEqual(new Set(['dt=2025-01-02', 'dt=2025-01-03']));
    expect(unmatched).toEqual([{ partition: 'x', nearest: null }]);
  });

  test('rollback restores what was there; recover and gc find nothing to do', async () => {
    const run = ((await box.json('history')) as HistoryDocument).runs[0]?.run as string;
    const document = (await box.json('rollback', run, '--yes')) as RunDocument;
    expectValid('run', document);
    expect(document).toMatchObject({ command: 'rollback', counts: { promoted: 1 } });
    const recovered = await box.json('recover', '--yes');
    expectValid('recover', recovered);
    const gc = await box.json('gc', '--dry-run');
    expectValid('gc', gc);
    expect(gc).toMatchObject({ dryRun: true });
  });
});

describe.sequential('a run that only stages', () => {
  const staged = async () => {
    const document = (await box.json('run', '--yes', '--stage-only', '--only', 'all')) as RunDocument;
    expectValid('run', document);
    expect(document.counts).toEqual({ staged: 3 });
    return document.id;
  };

  beforeAll(async () => {
    box.remove();
    box = createSandbox();
    await box.lakefill('init');
  });

  test('can be given up', async () => {
    const run = await staged();
    const document = await box.json('discard', run, '--yes');
    expectValid('run', document);
    expect(document).toMatchObject({ command: 'discard', exitCode: 0, counts: { skipped: 3 } });
    expect(await counts()).toEqual({ missing: 3 });
  });

  test('can be published, in parts', async () => {
    const run = await staged();
    const before = await box.json('diff', run);
    expectValid('diff', before);
    expect(before).toMatchObject({
      run,
      datasets: [{ partitions: [{ before: { what: 'absent' } }, {}, {}] }],
    });
    const part = await box.json('promote', run, '--yes', '--to', '2025-01-02', '--reason', 'looked at');
    expectValid('run', part);
    expect(part).toMatchObject({ command: 'promote', reason: 'looked at', counts: { promoted: 2 } });
    expect(await counts()).toEqual({ fresh: 2, missing: 1 });
    expect(await box.json('promote', run, '--yes', '--partition', 'dt=2025-01-03')).toMatchObject({
      counts: { promoted: 1 },
    });
    const { exitCode, out } = await box.lakefill('diff', 'sales', '--partition', 'dt=2025-01-02');
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^sales\/dt=2025-01-02 {2}nothing -> current generation 1 {2}different$/m);
    expect((await box.lakefill('diff')).exitCode).toBe(2);
  });
});

describe('bad input', () => {
  test('an unknown dataset: nearest match, exit 2, as a document with --json', async () => {
    const { exitCode, err } = await box.lakefill('scan', 'slaes', '--json');
    expect(exitCode).toBe(2);
    const document = JSON.parse(err) as { hint: string };
    expectValid('error', document);
    expect(document).toMatchObject({ code: 'DATASET_UNKNOWN', exitCode: 2 });
    expect(document.hint).toContain('sales');
  });

  test('no project here', async () => {
    const empty = createSandbox();
    const { exitCode, err } = await empty.lakefill('scan');
    empty.remove();
    expect({ exitCode, code: err.slice(0, 7) }).toEqual({ exitCode: 2, code: 'error: ' });
  });

  test('definitions with errors are listed by position', async () => {
    const broken = createSandbox();
    await broken.lakefill('init');
    writeFileSync(
      path.join(broken.dir, 'partitions/sales.yaml'),
      'target: ./lake/sales/dt={dt}/\npartition:\n  dt: { grain: dya, start: 2025-01-01 }\nchekcs: []\n',
    );
    const { exitCode, err } = await broken.lakefill('scan');
    broken.remove();
    expect(exitCode).toBe(2);
    expect(err).toMatch(/^ {2}partitions\/sales\.yaml:3:\d+ +partition\.dt\.grain +.*day/m);
    expect(err).toMatch(/^ {2}partitions\/sales\.yaml:4:1 +(chekcs +)?.*'checks'/m);
    expect(err.match(/sales\.yaml:4:1/g)).toHaveLength(1);
  });

  test.each(['scan', 'plan', 'run --yes'])('%s of what is not in the range is refused', async (verb) => {
    const words = verb.split(' ');
    const window = await box.lakefill(...words, '--from', '2024-01-01', '--to', '2024-12-31');
    expect(window).toMatchObject({ exitCode: 2, out: '' });
    expect(window.err).toContain('sales expects dt=2025-01-01 .. dt=2025-01-03');
    const key = await box.lakefill(...words, '--partition', 'dt=2025-01-09');
    expect(key).toMatchObject({ exitCode: 2, out: '' });
    expect(key.err).toContain("'dt=2025-01-09' matches no partition");
    expect(key.err).toContain("Did you mean 'dt=2025-01-01'? (sales expects dt=2025-01-01 .. dt=2025-01-03)");
  });

  test('a check to accept that there is not: nearest match, exit 2', async () => {
    const words = ['run', '--yes', '--reason', 'known', '--accept', 'uniqe(order_id)', '--json'];
    const { exitCode, err } = await box.lakefill(...words);
    expect(exitCode).toBe(2);
    expect(JSON.parse(err)).toMatchObject({ code: 'USAGE', hint: "Did you mean 'unique(order_id)'?" });
  });

  test('an empty window is refused', async () => {
    const { exitCode } = await box.lakefill(
      'run',
      '--yes',
      '--from',
      '2025-01-02T00:00',
      '--to',
      '2025-01-02T00:00',
    );
    expect(exitCode).toBe(2);
  });

  test.each(['dataset', 'project'])('schema %s is JSON Schema', async (kind) => {
    const { exitCode, out } = await box.lakefill('schema', kind);
    expect(exitCode).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
    });
  });
});
