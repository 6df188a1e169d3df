import { describe, expect, it } from 'vitest';
import { leastCpuMs } from './cpu-time.js';
import { load, problemsOf } from './project.js';
import type { Files } from './project.js';
import { checkRules } from '../../src/check/rules/index.js';

const sales = (...text: string[]): Files => ({ 'partitions/sales.yaml': `${text.join('\n')}\n` });
const RIGHT = ['target: s3://lake/clean/', 'inputs: { raw: "s3://lake/raw/*.parquet" }'];

describe('problems of definitions', () => {
  it('carry what machines need, and one readable line each', async () => {
    const { problems, message } = await problemsOf(sales(...RIGHT, 'checks:', '  - uniq: [id]', 'owner: 5'));
    expect(problems).toEqual([
      {
        file: 'partitions/sales.yaml',
        line: 4,
        column: 5,
        path: 'checks[0]',
        message: "unknown check 'uniq'; did you mean 'unique'?",
        value: null,
        allowed: ['notNull', 'unique', 'rowCount'],
        nearest: 'unique',
      },
      {
        file: 'partitions/sales.yaml',
        line: 5,
        column: 8,
        path: 'owner',
        message: "expected text, got the number 5; quote it: '5'",
        value: '5',
        allowed: null,
        nearest: null,
      },
    ]);
    expect(message.split('\n').slice(1)).toEqual([
      "  partitions/sales.yaml:4:5  checks[0]  unknown check 'uniq'; did you mean 'unique'?",
      "  partitions/sales.yaml:5:8  owner  expected text, got the number 5; quote it: '5'",
    ]);
    expect(message).toMatch(/have 2 problems; nothing was read or changed\.\n/);
  });

  it('of 30 definitions are all reported, in order, within a second', async () => {
    const names = Array.from({ length: 30 }, (_, i) => `d${String(i).padStart(2, '0')}`);
    const broken = names.map((name) => [
      `partitions/${name}.yaml`,
      `target: { url: "s3://lake/${name}/dt={day}/", compression: zst }\npartition: { dt: { grain: day, start: x } }\ninputs: { raw: { url: "s3://lake/raw/{dt}/*.csv", grain: dy } }\nchecks: [{ uniq: [id] }]\nowners: me\n`,
    ]);
    const files = Object.fromEntries(broken) as Files;
    expect(await leastCpuMs(3, () => problemsOf(files))).toBeLessThan(1000);
    const { problems, message } = await problemsOf(files);
    expect(problems).toHaveLength(150);
    expect(problems.map(({ file }) => file)).toEqual(
      names.flatMap((name) => Array<string>(5).fill(`partitions/${name}.yaml`)),
    );
    expect(message).toContain('150 problems in 30 files');
  });

  it('are told together: of the time, of the target and of each input', async () => {
    const { problems } = await problemsOf(
      sales(
        'target: s3://lake/clean/dt={ddt}/',
        'partition: { dt: { grain: day, start: 2025-01-32, timezone: Mars/Phobos } }',
        'inputs:',
        '  raw: s3://lake/raw/{dtt}/*.parquet',
        '  own: { self: -1 }',
        '  more: s3://lake/more/{dt}/*.txt',
      ),
    );
    expect(problems.map(({ path, message }) => `${path} ${message.split(/[;,] /)[0]!}`)).toEqual([
      "target the template 's3://lake/clean/dt={ddt}/' uses the variable 'ddt'",
      expect.stringMatching(/^partition\.dt\.start /),
      "partition.dt.timezone 'Mars/Phobos' is not a time zone",
      "inputs.raw the template 's3://lake/raw/{dtt}/*.parquet' uses the variable 'dtt'",
      "inputs.more the template's extension does not tell the format",
    ]);
  });

  it('of inputs do not wait for the target', async () => {
    const { problems } = await problemsOf(
      sales(
        'target: s3://lake/clean/dt={ddt}/',
        'partition: { dt: { grain: day, start: 2025-01-01 } }',
        'inputs: { raw: "s3://lake/raw/{dtt}/*.parquet" }',
      ),
    );
    expect(problems.map(({ path }) => path)).toEqual(['target', 'inputs.raw']);
  });

  it('never show the value of a variable', async () => {
    const secret = 'hunter2-s3cret';
    const files = sales(
      'target: s3a://${SECRET}/x/dt={dt}/',
      'partition: { dt: { grain: day, start: "${SECRET}", exclude: ["${SECRET}"] } }',
      'inputs: { raw: { url: "s3://lake/${SECRET}.csv", require: "${SECRET}", dataset: "${TINY}" } }',
      'transform: ${SECRET}.sql',
      'stale: { olderThan: "${TINY}" }',
      'limits: { memory: "a ${SECRET}" }',
    );
    const { problems, message } = await problemsOf(files, { SECRET: secret, TINY: '@!' });
    expect(problems.length).toBeGreaterThanOrEqual(6);
    const shown = JSON.stringify(problems) + message;
    expect(shown).not.toContain(secret);
    expect(shown).not.toContain('@!');
    expect(message).toContain("'${SECRET}' is not a day");
    expect(message).toContain("'${TINY}' is not a duration");
  });

  it('of a default that many inherit are reported once, at the default', async () => {
    const { problems } = await problemsOf({
      'lakefill.yaml': 'defaults:\n  limits: { partitions: 0 }\n  owner: 5\n',
      'partitions/a.yaml': 'target: s3://lake/a/\ninputs: { raw: "s3://lake/raw/*.csv" }\n',
      'partitions/b.yaml': 'target: s3://lake/b/\ninputs: { raw: "s3://lake/raw/*.csv" }\nowner: me\n',
    });
    expect(problems.map(({ file, line, path }) => [file, line, path])).toEqual([
      ['lakefill.yaml', 2, 'defaults.limits.partitions'],
      ['lakefill.yaml', 3, 'defaults.owner'],
    ]);
  });

  it('of one file do not pass for unknown datasets in another', async () => {
    const { problems } = await problemsOf({
      'partitions/up.yaml': 'target: [\n',
      'partitions/down.yaml': 'target: s3://lake/down/\ninputs: { raw: { dataset: up } }\n',
    });
    expect(problems.map(({ file }) => file)).toEqual(['partitions/up.yaml']);
  });

  it('of checks name the inputs that exist, and give equal names a number', async () => {
    const checks = ['checks:', '  - rowCount: { min: 1, vsInput: 0.9 }', '  - sameRows: rwa'];
    const two = 'inputs: { raw: "s3://lake/raw/*.csv", more: "s3://lake/more/*.csv" }';
    const found = await problemsOf(
      { ...sales('target: s3://lake/clean/', two, ...checks), 'partitions/sales.sql': 'SELECT 1' },
      {},
      checkRules,
    );
    expect(found.problems.map(({ line, path, message }) => [line, path, message])).toEqual([
      [
        4,
        'checks[0].rowCount',
        'vsInput must name one of the inputs raw, more: vsInput: { input: raw, share: 0.9 }',
      ],
      [5, 'checks[1].sameRows', "there is no input 'rwa'; name one of: raw, more"],
    ]);
    const { datasets } = await load(
      sales(
        ...RIGHT,
        'checks:',
        '  - rowCount: { min: 1 }',
        '  - rowCount: { min: 9 }',
        '    severity: warn',
      ),
    );
    expect(datasets[0]?.checks.map(({ name }) => name)).toEqual(['rowCount', 'rowCount #2']);
  });

  it('of the options of checks offer the options that exist', async () => {
    const { problems } = await problemsOf(
      sales(...RIGHT, 'checks: [{ rowCount: { mn: 1 } }]'),
      {},
      checkRules,
    );
    expect(problems[0]?.message).toBe("unknown key 'mn'; did you mean 'min'?");
  });

  it('see parameters of the SQL outside literals and comments only', async () => {
    const partition = 'partition: { dt: { grain: day, start: 2025-01-01 } }';
    const target = 'target: s3://lake/clean/{dt}/';
    const inputs = 'inputs: { raw: "s3://lake/raw/*.parquet" }';
    const accepted = ['$partition_end', '$DT', '"x" -- a\n = $dt', "E'\\'' || $dt"].map((sql) =>
      load({
        'partitions/sales.yaml': `${target}\n${partition}\n${inputs}\n`,
        'partitions/sales.sql': `SELECT * FROM raw WHERE ts < ${sql}`,
      }),
    );
    await expect(Promise.all(accepted)).resolves.toHaveLength(4);
    const notUsed = ["'$dt'", '/* $dt /* */ $dt */ 1', '$$ $dt $$', '"$dt"', '1 -- $dt', "E'\\' $dt'"];
    for (const sql of notUsed) {
      const { problems } = await problemsOf({
        'partitions/sales.yaml': `${target}\n${partition}\n${inputs}\n`,
        'partitions/sales.sql': `SELECT ${sql} FROM raw`,
      });
      expect(problems[0]?.message, sql).toContain('nothing limits the output');
    }
  });
});
