import { describe, expect, it } from 'vitest';
import type { SqlInspection } from '../../src/engine/transform-engine.js';
import { transformRefusal } from '../../src/plan/transform-guard.js';
import { STORE, sketch } from '../support/lake.js';

const CUT = { name: 'raw', url: `${STORE}raw/dt={dt}/*.parquet` };
const DIMENSION = { name: 'countries', url: `${STORE}dim/countries.parquet` };
const looked = (over: Partial<SqlInspection> = {}): SqlInspection => ({
  problem: null,
  parameters: [],
  tables: ['raw'],
  tree: null,
  treeAlgorithm: 'tree/test',
  ...over,
});
const cut = sketch({ inputs: [CUT, DIMENSION], sql: 'x' });
const uncut = sketch({ inputs: [DIMENSION], sql: 'x' });
const problem = { code: 'TRANSFORM_SYNTAX' as const, message: 'syntax error at "FORM"', line: 3, column: 5 };

describe('transformRefusal', () => {
  it.each([
    ['cut by an input', cut, looked(), null],
    [
      'limited by a parameter',
      uncut,
      looked({ tables: ['countries'], parameters: ['partition_start'] }),
      null,
    ],
    ['not limited', uncut, looked({ tables: ['countries'] }), 'cannot be limited to a partition'],
    ['passed through, cut', sketch({ inputs: [CUT] }), null, null],
    ['passed through, not cut', sketch({ inputs: [DIMENSION] }), null, 'cannot be limited to a partition'],
    ['without partition', sketch({ target: `${STORE}w/`, time: null, inputs: [DIMENSION] }), null, null],
    ['case of table names', cut, looked({ tables: ['RAW', 'Countries'] }), null],
    ['unknown table', cut, looked({ tables: ['raws'] }), "the table 'raws'"],
    ['unknown parameter', cut, looked({ parameters: ['partition_begin'] }), 'the parameter $partition_begin'],
    ['broken', cut, looked({ problem }), '/project/partitions/sales.sql:3:5'],
  ])('%s', (_, dataset, inspection, message) => {
    const refusal = transformRefusal(dataset, inspection);
    if (message === null) expect(refusal).toBeNull();
    else expect(refusal?.message).toContain(message);
  });

  it('gives the nearest name', () => {
    expect(transformRefusal(cut, looked({ tables: ['raws'] }))?.hint).toBe("Did you mean 'raw'?");
    expect(transformRefusal(cut, looked({ problem }))?.code).toBe('TRANSFORM_SYNTAX');
  });
});
