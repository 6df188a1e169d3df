import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normaliseSql, sqlTokens } from '../../src/dataset/sql-text.js';

describe('normaliseSql', () => {
  it.each([
    ['SELECT a\n  FROM  b;\n', 'SELECT a FROM b'],
    ['SELECT a -- the a\nFROM b', 'SELECT a FROM b'],
    ['SELECT a /* x /* nested */ ; */ FROM b ; ;', 'SELECT a FROM b'],
    ['SELECT a+1', 'SELECT a + 1'],
    ["SELECT ' -- it''s  /* '", "SELECT ' -- it''s  /* '"],
    ['SELECT " -- a "" b "', 'SELECT " -- a "" b "'],
    ["SELECT E'a\\' -- '  , 1", "SELECT E'a\\' -- ' , 1"],
    ['SELECT $$ -- $a$ $$ , $t$ $$ $t$', 'SELECT $$ -- $a$ $$ , $t$ $$ $t$'],
    ['SELECT $dt,$1', 'SELECT $dt , $1'],
  ])('%j', (sql, expected) => {
    expect(normaliseSql(sql)).toBe(expected);
  });

  it.each([
    ['SELECT a b', 'SELECT ab'],
    ["SELECT 'a b'", "SELECT 'a  b'"],
    ['SELECT "A"', 'SELECT "a"'],
    ['SELECT $$a$$', "SELECT 'a'"],
    ['SELECT a - -1', 'SELECT a --1'],
    ['select a', 'SELECT a'],
  ])('keeps %j apart from %j', (a, b) => {
    expect(normaliseSql(a)).not.toBe(normaliseSql(b));
  });

  it('reads unterminated quotes and comments to the end, whatever follows', () => {
    for (const sql of ["'a", "E'a\\", '"a', '$$a', '$t$a$$', '/* a', '--']) {
      expect(sqlTokens(`SELECT 1 ${sql}`).at(-1)?.text).toBe(/^[-/]/.test(sql) ? '1' : sql);
    }
  });

  it('is the same under any formatting, and of its own result', () => {
    const token = fc.constantFrom(
      ...[
        'SELECT',
        'a',
        '1.5',
        ',',
        '(',
        ')',
        '<=',
        '+',
        "'it''s -- x'",
        '"a b"',
        "E'\\''",
        '$dt',
        '$$ /* $$',
      ],
    );
    const gap = fc.constantFrom(' ', '\n\t', ' -- note $x "\n', " /* a /* b */ ; ' */ ", '\r\n ');
    fc.assert(
      fc.property(fc.array(fc.tuple(token, gap, gap), { maxLength: 30 }), (parts) => {
        const one = parts.map(([text, before]) => before + text).join('');
        const other = parts.map(([text, , after]) => ` ${text}${after}`).join('');
        expect(normaliseSql(one)).toBe(normaliseSql(other));
        expect(normaliseSql(normaliseSql(one))).toBe(normaliseSql(one));
      }),
    );
  });

  it('reads a megabyte of literals and comments without running out of stack or time', () => {
    const begun = performance.now();
    const sql = `SELECT '${"it''s ".repeat(200_000)}' /* ${'*'.repeat(500_000)} */ ${'+ 1 '.repeat(20_000)}`;
    expect(sqlTokens(sql)).toHaveLength(40_002);
    expect(performance.now() - begun).toBeLessThan(2000);
  });
});
