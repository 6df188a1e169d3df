/** Every rule on real output: options as written in a definition, rows as a query, the outcome as the run document shows it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileChecks } from '../../src/check/compile.js';
import type { JudgeContext } from '../../src/check/compile.js';
import type { CheckOutcome } from '../../src/check/outcome.js';
import { checkRules } from '../../src/check/rules/index.js';
import type { CheckDefinition } from '../../src/dataset/dataset.js';
import type { Fixture } from '../engine/fixture.js';
import { date, openFixture } from '../engine/fixture.js';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await openFixture({ processes: 1 });
});
afterAll(() => fixture.close());

function define(rule: string, written: unknown, severity: 'error' | 'warn' = 'error'): CheckDefinition {
  const part = checkRules.find((one) => one.name === rule)!;
  const options = part.schema.parse(written);
  return { rule, options, severity, name: part.describe(options) };
}

interface Case {
  /** The output's rows; the input `raw` holds `id` 1..10 and `amount` 1.5 each unless `raw` says otherwise. */
  readonly rows: string;
  readonly raw?: string;
  readonly context?: Partial<JudgeContext>;
}

async function judge(definitions: readonly CheckDefinition[], { rows, raw, context }: Case) {
  const checks = compileChecks(definitions, { inputs: ['raw'], pathColumns: ['dt', 'year'] });
  const job = await fixture.job({
    prepare: async (folder) => [
      {
        name: 'raw',
        format: 'parquet',
        options: {},
        files: [
          await fixture.file(
            folder,
            'a.parquet',
            raw ?? 'SELECT i AS id, 1.5::DECIMAL(8,2) AS amount FROM range(1, 11) t(i)',
            {
              year: { type: 'integer', value: 2025 },
            },
          ),
        ],
      },
    ],
    sql: `SELECT *, DATE '2025-01-03' AS dt FROM (${rows})`,
    expectRange: null,
    expectColumns: { dt: date('2025-01-03') },
    measures: checks.measures,
  });
  const result = await fixture.engine.transform(job);
  return checks.judge(result, { current: null, accept: [], ...context });
}

async function outcome(rule: string, written: unknown, given: Case): Promise<CheckOutcome> {
  const { outcomes } = await judge([define(rule, written)], given);
  return outcomes[0]!;
}

const IDS = 'SELECT i AS id FROM range(1, 11) t(i)';
const pass = { passed: true, failures: 0, samples: [] };

describe('notNull', () => {
  it.each(['id', ['id'], ['id', 'k']])('takes %j', async (written) => {
    expect(await outcome('notNull', written, { rows: "SELECT 1 AS id, 'x' AS k" })).toMatchObject(pass);
  });

  it('counts NULLs and shows rows', async () => {
    const rows = "SELECT i AS id, CASE WHEN i > 3 THEN 'x' END AS k FROM range(1, 11) t(i)";
    const found = await outcome('notNull', ['id', 'k'], { rows });
    expect(found).toMatchObject({
      check: 'notNull(id, k)',
      passed: false,
      failures: 3,
      message: '3 rows with k NULL',
    });
    expect(found.samples).toEqual([1, 2, 3].map((id) => ({ id, k: null, dt: '2025-01-03' })));
  });
});

describe('unique', () => {
  it('passes where every value is there once, a NULL too', async () => {
    expect(await outcome('unique', ['id'], { rows: `${IDS} UNION ALL SELECT NULL` })).toMatchObject(pass);
    const pairs = 'SELECT i // 2 AS a, i % 2 AS b FROM range(10) t(i)';
    expect(await outcome('unique', ['a', 'b'], { rows: pairs })).toMatchObject(pass);
  });

  it.each([
    ['one column', 'id', `${IDS} UNION ALL SELECT 3 UNION ALL SELECT 3 UNION ALL SELECT 4`, 3],
    ['two NULLs', 'id', `${IDS} UNION ALL SELECT NULL UNION ALL SELECT NULL`, 1],
    ['two columns', ['a', 'b'], 'SELECT 1 AS a, NULL AS b UNION ALL SELECT 1, NULL UNION ALL SELECT 1, 2', 1],
  ])('counts the rows beyond the first: %s', async (_what, written, rows, failures) => {
    expect(await outcome('unique', written, { rows })).toMatchObject({ passed: false, failures });
  });

  it('shows the repeated values', async () => {
    const { samples } = await outcome('unique', 'id', { rows: `${IDS} UNION ALL SELECT 3` });
    expect(samples).toEqual([{ id: 3, rows: 2 }]);
  });
});

describe('rowCount', () => {
  it.each([
    [{ min: 10, max: 10 }, true],
    [{ min: 11 }, false],
    [{ max: 9 }, false],
    [{ vsInput: [1, 1] }, true],
    [{ vsInput: 1.01 }, false],
    [{ vsInput: { input: 'raw', share: [0.5, 0.9] } }, false],
    [{ vsCurrent: [0.5, 2] }, true],
    [{ vsCurrent: 2 }, false],
  ])('%j passes: %s', async (written, passed) => {
    const context = { current: { rows: 8, nullRatios: new Map() } };
    expect((await outcome('rowCount', written, { rows: IDS, context })).passed).toBe(passed);
  });

  it('says so when there is nothing to compare with', async () => {
    const found = await outcome('rowCount', { vsCurrent: 0.9 }, { rows: IDS });
    expect(found).toMatchObject({
      passed: true,
      skipped: expect.stringContaining('nothing stands there') as string,
    });
  });

  it('says so also beside a bound that holds', async () => {
    const found = await outcome('rowCount', { min: 1, vsCurrent: 0.9 }, { rows: IDS });
    expect(found).toMatchObject({ passed: true, skipped: 'nothing stands there to compare with' });
    const few = await outcome('rowCount', { min: 100, vsCurrent: 0.9 }, { rows: IDS });
    expect(few.passed).toBe(false);
    expect(few).not.toHaveProperty('skipped');
  });

  it('must be told which of several inputs', () => {
    const definition = define('rowCount', { vsInput: 0.9 });
    const rule = checkRules.find((one) => one.name === 'rowCount')!;
    expect(rule.misfit!(definition.options, ['a', 'b'])).toContain('must name one of the inputs a, b');
    expect(rule.misfit!(definition.options, ['a'])).toBeNull();
  });
});

describe('nullRatio', () => {
  // Two of ten.
  const rows = 'SELECT CASE WHEN i > 2 THEN i END AS V FROM range(1, 11) t(i)';
  const against = (ratio: number) => ({ current: { rows: 10, nullRatios: new Map([['v', ratio]]) } });

  it.each([
    [{ column: 'v', vsCurrent: 0.1 }, 0.1, true],
    [{ column: 'v', vsCurrent: 0 }, 0.2, true],
    [{ column: 'v', vsCurrent: 0 }, 0.5, true],
    [{ column: 'v', vsCurrent: 0.1 }, 0.05, false],
    [{ column: 'v', max: 0.5, vsCurrent: 0 }, 0.1, false],
    [{ column: 'v', max: 0.1, vsCurrent: 1 }, 0, false],
  ])('%j with %d now passes: %s', async (written, now, passed) => {
    const found = await outcome('nullRatio', written, { rows, context: against(now) });
    expect(found.passed).toBe(passed);
    expect(found.failures).toBe(passed ? 0 : 2);
  });

  it('says what it compared, and what it could not', async () => {
    const written = { column: 'v', vsCurrent: 0.01 };
    expect((await outcome('nullRatio', written, { rows, context: against(0.1) })).message).toBe(
      '20 % of the rows have v NULL, 10 % of those that readers find now, at most 1 percentage points more wanted',
    );
    expect(await outcome('nullRatio', written, { rows })).toMatchObject({
      passed: true,
      skipped: 'nothing stands there to compare with',
    });
    const uncounted = { current: { rows: 10, nullRatios: new Map() } };
    expect(await outcome('nullRatio', { ...written, max: 1 }, { rows, context: uncounted })).toMatchObject({
      passed: true,
      skipped: 'how often v is NULL in what stands there is not known',
    });
  });
});

describe.each([
  [
    'range',
    { column: 'v', min: 0, max: 5 },
    'SELECT 0 AS v UNION ALL SELECT 5 UNION ALL SELECT NULL',
    'SELECT -1 AS v UNION ALL SELECT 6 UNION ALL SELECT 1',
    2,
  ],
  [
    'range',
    { column: 'v', min: '2025-01-01' },
    "SELECT DATE '2025-01-01' AS v",
    "SELECT DATE '2024-12-31' AS v",
    1,
  ],
  ['range', { column: 'v', max: 5 }, 'SELECT 5.0::DOUBLE AS v', "SELECT 'NaN'::DOUBLE AS v", 1],
  [
    'values',
    { column: 'v', in: ['eu', "o'b"] },
    "SELECT 'eu' AS v UNION ALL SELECT 'o''b' UNION ALL SELECT NULL",
    "SELECT 'EU' AS v UNION ALL SELECT 'EU'",
    2,
  ],
  ['values', { column: 'v', in: [1, 2] }, 'SELECT 1 AS v', 'SELECT 3 AS v', 1],
  [
    'pattern',
    { column: 'v', regex: '[A-Z]{2}\\d+' },
    "SELECT 'AB12' AS v UNION ALL SELECT NULL",
    "SELECT 'xAB12' AS v",
    1,
  ],
  [
    'nullRatio',
    { column: 'v', max: 0.5 },
    'SELECT 1 AS v UNION ALL SELECT NULL',
    'SELECT 1 AS v UNION ALL SELECT NULL UNION ALL SELECT NULL',
    2,
  ],
  [
    'reference',
    { column: 'v', input: 'raw', key: 'id' },
    'SELECT 10 AS v UNION ALL SELECT NULL',
    'SELECT 11 AS v UNION ALL SELECT 11',
    2,
  ],
  [
    'sum',
    { column: 'amount', vsInput: 'raw' },
    'SELECT 15.00::DECIMAL(18,2) AS amount',
    'SELECT 15.01::DECIMAL(18,2) AS amount',
    1,
  ],
  [
    'sum',
    { column: 'v', vsInput: { input: 'raw', column: 'id' }, tolerance: 0.02 },
    'SELECT 56 AS v',
    'SELECT 57 AS v',
    1,
  ],
  [
    'sql',
    'SELECT * FROM output WHERE v > 1; -- none',
    'SELECT 1 AS v',
    'SELECT 2 AS v UNION ALL SELECT 3',
    2,
  ],
  [
    'sql',
    { name: 'lost', query: 'SELECT id FROM raw EXCEPT SELECT v FROM output' },
    'SELECT i AS v FROM range(1, 11) t(i)',
    'SELECT i AS v FROM range(1, 10) t(i)',
    1,
  ],
  [
    'sameRows',
    'raw',
    'SELECT amount, id FROM raw',
    'SELECT * EXCLUDE (year) FROM raw WHERE id > 1 UNION ALL SELECT 2, 1.5',
    2,
  ],
  [
    'sameRows',
    'raw',
    'SELECT id::BIGINT AS id, amount FROM raw',
    'SELECT id, amount + 1 AS amount FROM raw',
    20,
  ],
])('%s %j', (rule, written, good, bad, failures) => {
  it('passes', async () => {
    expect(await outcome(rule, written, { rows: good })).toMatchObject(pass);
  });

  it(`fails with ${failures}, and says why`, async () => {
    const found = await outcome(rule, written, { rows: bad });
    expect(found).toMatchObject({ passed: false, failures });
    expect(found.message).not.toMatch(/undefined|could not be evaluated/);
    expect(found.samples.length).toBeLessThanOrEqual(5);
  });
});

describe('freshness', () => {
  const until = Date.parse('2025-01-04T00:00:00Z');
  const rows = "SELECT TIMESTAMP '2025-01-03 18:00:00' AS ts UNION ALL SELECT NULL";

  it('is measured at the end of the partition', async () => {
    expect(
      await outcome('freshness', { column: 'ts', max: '6h' }, { rows, context: { until } }),
    ).toMatchObject(pass);
    expect(
      await outcome('freshness', { column: 'ts', max: '5h' }, { rows, context: { until } }),
    ).toMatchObject({
      passed: false,
      failures: 1,
      message: 'the newest ts is 2025-01-03T18:00:00Z, 6h before 2025-01-04T00:00:00Z; at most 5h wanted',
    });
  });

  it('fails where every value is NULL', async () => {
    const found = await outcome(
      'freshness',
      { column: 'ts', max: '6h' },
      { rows: 'SELECT NULL::TIMESTAMP AS ts', context: { until } },
    );
    expect(found.passed).toBe(false);
  });
});

describe('a verdict', () => {
  const bad = define('notNull', 'k');
  const rows = 'SELECT 1 AS id, NULL::VARCHAR AS k';

  it('is refused by a failed check, whatever the others say', async () => {
    const { passed, outcomes } = await judge([define('notNull', 'id'), bad], { rows });
    expect(passed).toBe(false);
    expect(outcomes.map((one) => one.passed)).toEqual([true, false]);
  });

  it('is not refused by a warning', async () => {
    expect((await judge([{ ...bad, severity: 'warn' }], { rows })).passed).toBe(true);
  });

  it('takes a failure that is accepted by name, and only that', async () => {
    const accepted = await judge([bad], { rows, context: { accept: ['notNull(k)'] } });
    expect(accepted).toMatchObject({
      passed: true,
      outcomes: [{ passed: false, accepted: true, failures: 1 }],
    });
    expect((await judge([bad], { rows, context: { accept: ['notNull'] } })).passed).toBe(false);
  });

  it('names a missing column and the nearest one, and judges the other checks', async () => {
    const { passed, outcomes } = await judge([define('notNull', 'idd'), define('unique', 'id')], { rows });
    expect(passed).toBe(false);
    expect(outcomes[0]!.message).toBe('the output has no column idd; did you mean id?');
    expect(outcomes[1]!.passed).toBe(true);
  });

  it('fails a check that cannot be evaluated', async () => {
    const { outcomes } = await judge(
      [define('sql', 'SELECT * FROM nothing'), define('range', { column: 'id', min: 'abc' })],
      { rows },
    );
    for (const one of outcomes) {
      expect(one).toMatchObject({
        passed: false,
        message: expect.stringContaining('could not be evaluated') as string,
      });
    }
  });

  it('does not let a name or a value out of its quotes', async () => {
    const odd = `a"b'; DROP`;
    const found = await judge([define('values', { column: odd, in: [`x'); SELECT 1; --`] })], {
      rows: `SELECT 'y' AS "a""b'; DROP"`,
    });
    expect(found.outcomes[0]).toMatchObject({ failures: 1, samples: [{ [odd]: 'y', rows: 1 }] });
  });
});

describe('options', () => {
  it.each([
    ['notNull', []],
    ['notNull', ['a', 'a']],
    ['unique', { columns: ['a'] }],
    ['rowCount', {}],
    ['rowCount', { min: -1 }],
    ['rowCount', { minimum: 1 }],
    ['range', { column: 'a' }],
    ['values', { column: 'a', in: [] }],
    ['nullRatio', { column: 'a', max: 2 }],
    ['nullRatio', { column: 'a' }],
    ['freshness', { column: 'a', max: '6 parsecs' }],
    ['sum', { column: 'a' }],
    ['sql', ''],
  ])('%s refuses %j', (rule, written) => {
    const { schema } = checkRules.find((one) => one.name === rule)!;
    expect(schema.safeParse(written).success).toBe(false);
  });

  it('names of rules and of checks are distinct', () => {
    expect(new Set(checkRules.map(({ name }) => name)).size).toBe(checkRules.length);
    expect(define('sum', { column: 'a', vsInput: 'raw' }).name).toBe('sum(a, raw)');
  });
});
