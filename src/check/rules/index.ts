/** The table of rules. A new rule is a file beside this one and a line here. */
import type { CheckRule } from '../rule.js';
import { freshness } from './freshness.js';
import { notNull } from './not-null.js';
import { nullRatio } from './null-ratio.js';
import { pattern } from './pattern.js';
import { range } from './range.js';
import { reference } from './reference.js';
import { rowCount } from './row-count.js';
import { sameRows } from './same-rows.js';
import { sql } from './sql.js';
import { sum } from './sum.js';
import { unique } from './unique.js';
import { values } from './values.js';

/** Rules of every option type: options are handed back only to the rule that parsed them. */
export const checkRules: readonly CheckRule[] = [
  notNull,
  unique,
  rowCount,
  range,
  values,
  pattern,
  nullRatio,
  sum,
  reference,
  freshness,
  sameRows,
  sql,
];
