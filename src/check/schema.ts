/**
 * The schema policy: the output's columns against a baseline. Pure.
 *
 *     policy     new column   dropped column   retyped column   order
 *     strict     refused      refused          refused          refused when different
 *     additive   allowed      refused          refused          free
 *     any        allowed      allowed          allowed          free
 *
 * What outputs of the same run added before (`additive`) may be absent, and is refused with another type.
 */
import type { Column } from '../engine/transform-engine.js';
import type { CheckOutcome } from './outcome.js';

export interface SchemaVerdict {
  readonly passed: boolean;
  readonly message: string;
  readonly hint: string | null;
  /** For the run document; null without a baseline, when there is nothing to compare with. */
  readonly outcome: CheckOutcome | null;
}

export type SchemaPolicy = 'strict' | 'additive' | 'any';

/** What the run itself has done to the baseline before this output. */
export interface SameRun {
  /** The key whose output set the baseline; null when it was known before the run. */
  readonly from: string | null;
  /** Columns beyond the baseline. */
  readonly added: readonly Column[];
}

const CORRECT =
  "Correct the query (cast to the old type, select the column), or set schema.policy to 'any' for a deliberate change.";
const NOTHING_YET: SameRun = { from: null, added: [] };

/** `baseline` null: the first output of a dataset, which sets it. Column names are compared without case. */
export function judgeSchema(
  baseline: readonly Column[] | null,
  output: readonly Column[],
  policy: SchemaPolicy,
  { from, added }: SameRun = NOTHING_YET,
): SchemaVerdict {
  if (baseline === null || policy === 'any') return { passed: true, message: '', hint: null, outcome: null };
  const there = namesOf(output);
  const problems = differences(
    [...baseline, ...added.filter(({ name }) => there.has(name.toLowerCase()))],
    output,
    policy,
  );
  const check = `schema(${policy})`;
  if (problems.length === 0)
    return {
      passed: true,
      message: '',
      hint: null,
      outcome: { check, severity: 'error', passed: true, failures: 0, samples: [] },
    };
  const message = problems.join('; ');
  const known = from === null ? 'that readers know' : `of ${from}, the first output of this run that passed`;
  return {
    passed: false,
    message: `The output does not have the columns ${known}: ${message}. Nothing was published.`,
    hint:
      from === null
        ? CORRECT
        : `${CORRECT} If ${from} is the wrong one, write the right columns into schema.columns.`,
    outcome: { check, severity: 'error', passed: false, failures: problems.length, message, samples: [] },
  };
}

function differences(
  baseline: readonly Column[],
  output: readonly Column[],
  policy: 'strict' | 'additive',
): string[] {
  const now = new Map(output.map((column) => [column.name.toLowerCase(), column]));
  const before = namesOf(baseline);
  const problems = baseline.flatMap((column) => {
    const there = now.get(column.name.toLowerCase());
    if (!there) return [`column ${column.name} is missing`];
    return sameType(there.type, column.type)
      ? []
      : [`column ${column.name} is ${there.type} instead of ${column.type}`];
  });
  if (policy === 'additive') return problems;
  const added = output
    .filter((column) => !before.has(column.name.toLowerCase()))
    .map((column) => `column ${column.name} is new`);
  if (problems.length > 0 || added.length > 0) return [...problems, ...added];
  const inOrder = baseline.every((column, i) => output[i]?.name.toLowerCase() === column.name.toLowerCase());
  return inOrder ? [] : ['the columns stand in another order'];
}

function namesOf(columns: readonly Column[]): Set<string> {
  return new Set(columns.map(({ name }) => name.toLowerCase()));
}

function sameType(a: string, b: string): boolean {
  const normal = (type: string) =>
    type
      .toUpperCase()
      .replaceAll(' ', '')
      .replace(/^TIMESTAMPTZ$/, 'TIMESTAMPWITHTIMEZONE');
  return normal(a) === normal(b);
}
