/** Options that cannot be right, in a definition: each is a problem at its own place, all are told at once. */
import { expect, it } from 'vitest';
import { checkRules } from '../../src/check/rules/index.js';
import { load, problemsOf } from '../dataset/project.js';

/** The checks begin in line 2. */
const sales = (...checks: string[]) => ({
  'partitions/sales.yaml': [
    'checks:',
    ...checks.map((check) => `  - ${check}`),
    'target: s3://lake/clean/sales/dt={dt}/',
    'partition: { dt: { grain: day, start: 2025-01-01 } }',
    'inputs: { raw: "s3://lake/raw/dt={dt}/*.parquet" }',
    '',
  ].join('\n'),
});

it('what no output can pass, and what is no query and no expression', async () => {
  const files = sales(
    'sql: "select"',
    'sql: delete from raw',
    'sql: { name: two, query: select 1; select 2 }',
    'sql: -- none',
    'range: { column: a, min: 9, max: 1 }',
    'range: { column: d, min: 2025-02-01, max: 2025-01-01 }',
    'rowCount: { min: 2, max: 1 }',
    'rowCount: { vsInput: [1.0, 0.9] }',
    'rowCount: { vsInput: { input: raw, share: [1.0, 0.9] } }',
    'nullRatio: { column: a, max: 1.5 }',
    'nullRatio: { column: a, max: -0.1 }',
    "pattern: { column: a, regex: '[A-Z' }",
  );
  const { problems } = await problemsOf(files, {}, checkRules);
  const write = 'write one SELECT that returns the bad rows';
  const shares = 'the first share is the larger one; write [least, most]';
  expect(problems.map(({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`)).toEqual([
    `2:10 checks[0].sql: 'select' alone is no query; ${write}`,
    `3:10 checks[1].sql: 'delete' begins no query; ${write}`,
    `4:30 checks[2].sql.query: holds more than one statement; ${write}`,
    `5:10 checks[3].sql: holds no SQL; ${write}`,
    '6:30 checks[4].range.min: min is larger than max: no value can pass',
    '7:30 checks[5].range.min: min is larger than max: no value can pass',
    '8:22 checks[6].rowCount.min: min is larger than max: no number of rows can pass',
    `9:26 checks[7].rowCount.vsInput: ${shares}`,
    `10:47 checks[8].rowCount.vsInput.share: ${shares}`,
    '11:34 checks[9].nullRatio.max: must be at most 1',
    '12:34 checks[10].nullRatio.max: must be at least 0',
    "13:34 checks[11].pattern.regex: the [ of '[A-Z' is not closed with ]",
  ]);
});

it('what may be right is taken', async () => {
  const files = sales(
    'sql: FROM output WHERE qty < 0;',
    'sql: (select 1) union (select 2)',
    'sql: { name: cte, query: "/* why */ with x as (select 1) from x" }',
    'range: { column: a, min: 1, max: 1 }',
    'range: { column: t, min: 2025-01-01T02:00+02:00, max: 2025-01-01T00:00Z }',
    'range: { column: s, min: b, max: a }',
    'rowCount: { min: 0, max: 0, vsInput: [1, 1] }',
    'nullRatio: { column: a, max: 1 }',
  );
  const { datasets } = await load(files, {}, checkRules);
  expect(datasets[0]?.checks).toHaveLength(8);
});
