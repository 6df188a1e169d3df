import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { judgeSchema } from '../../src/check/schema.js';
import type { Column } from '../../src/engine/transform-engine.js';

const columns = (text: string): Column[] =>
  text.split(', ').map((one) => {
    const [name, ...type] = one.split(' ');
    return { name: name!, type: type.join(' ') };
  });

const BASE = columns('id BIGINT, ts TIMESTAMP, region VARCHAR');

describe('judgeSchema', () => {
  it.each([
    ['the same', 'id BIGINT, ts TIMESTAMP, region VARCHAR', { strict: true, additive: true }],
    ['another order', 'ts TIMESTAMP, id BIGINT, region VARCHAR', { strict: false, additive: true }],
    [
      'a new column',
      'id BIGINT, ts TIMESTAMP, region VARCHAR, note VARCHAR',
      { strict: false, additive: true },
    ],
    ['a dropped column', 'id BIGINT, ts TIMESTAMP', { strict: false, additive: false }],
    ['a retyped column', 'id VARCHAR, ts TIMESTAMP, region VARCHAR', { strict: false, additive: false }],
    ['a wider column', 'id HUGEINT, ts TIMESTAMP, region VARCHAR', { strict: false, additive: false }],
    [
      'a dropped and a new column',
      'id BIGINT, ts TIMESTAMP, area VARCHAR',
      { strict: false, additive: false },
    ],
    ['another case', 'ID BIGINT, ts TIMESTAMP, region VARCHAR', { strict: true, additive: true }],
    [
      'another spelling of a type',
      'id bigint, ts TIMESTAMP, region VARCHAR',
      { strict: true, additive: true },
    ],
  ])('%s', (_what, output, expected) => {
    for (const policy of ['strict', 'additive'] as const) {
      expect(judgeSchema(BASE, columns(output), policy).passed, policy).toBe(expected[policy]);
    }
    expect(judgeSchema(BASE, columns(output), 'any').passed).toBe(true);
  });

  it('says what differs, each column by name', () => {
    const { message, hint, outcome } = judgeSchema(BASE, columns('id VARCHAR, ts TIMESTAMP'), 'additive');
    expect(message).toContain('column id is VARCHAR instead of BIGINT; column region is missing');
    expect(hint).toContain('cast');
    expect(outcome).toMatchObject({ check: 'schema(additive)', passed: false, failures: 2 });
  });

  it('has nothing to say without a baseline', () => {
    expect(judgeSchema(null, BASE, 'strict')).toMatchObject({ passed: true, outcome: null });
  });

  it('takes whatever was added to a baseline, and refuses whatever was taken from it', () => {
    const column = fc.record({
      name: fc.string({ minLength: 1 }),
      type: fc.constantFrom('BIGINT', 'VARCHAR', 'DATE'),
    });
    const table = fc.uniqueArray(column, { minLength: 1, selector: ({ name }) => name.toLowerCase() });
    fc.assert(
      fc.property(table, fc.nat(), (all, cut) => {
        const fewer = all.slice(0, cut % all.length);
        expect(judgeSchema(fewer, all, 'additive').passed).toBe(true);
        expect(judgeSchema(all, fewer, 'additive').passed).toBe(false);
        expect(judgeSchema(all, all, 'strict').passed).toBe(true);
      }),
    );
  });
});
