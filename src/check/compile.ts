/** Checks of a definition, compiled: measures for the engine, and a pure judgement of what it measured. */
import type { CheckDefinition } from '../dataset/dataset.js';
import type { Measure, TransformResult } from '../engine/transform-engine.js';
import { nearest } from '../core/nearest.js';
import type { CheckOutcome } from './outcome.js';
import type { CheckRule, CompileContext, CompiledRule, Finding, JudgeFacts } from './rule.js';
import { checkRules } from './rules/index.js';

export interface JudgeContext {
  readonly current: JudgeFacts['current'];
  readonly until?: JudgeFacts['until'];
  /** Names of checks that are accepted although they fail. */
  readonly accept: readonly string[];
}

export interface CompiledChecks {
  readonly measures: readonly Measure[];
  /** `current.nullRatios` must be known, as far as it can be. */
  readonly comparesNulls: boolean;
  judge(
    result: Measured,
    context: JudgeContext,
  ): { readonly passed: boolean; readonly outcomes: readonly CheckOutcome[] };
}

/** The part of a result that checks look at. */
export type Measured = Pick<
  TransformResult,
  'rows' | 'inputRows' | 'schema' | 'measures' | 'unmeasured' | 'samples'
>;

interface Compiled {
  readonly definition: CheckDefinition;
  readonly rule: CompiledRule;
  /** Name of its measure, and of the i-th sample `<measure>.<i>`. */
  readonly measure: string;
}

/** Each check's outcome in the order of the definition. A failed check of severity `error` that is not accepted refuses the partition. */
export function compileChecks(
  definitions: readonly CheckDefinition[],
  context: CompileContext,
): CompiledChecks {
  const compiled = definitions.map((definition, i): Compiled => ({
    definition,
    rule: ruleNamed(definition.rule).compile(definition.options, context),
    measure: `check${i}`,
  }));
  return {
    measures: compiled.flatMap(measureOf),
    comparesNulls: compiled.some(({ rule }) => rule.comparesNulls === true),
    judge: (result, judging) => {
      const outcomes = compiled.map((one) => outcomeOf(one, result, judging));
      return {
        passed: outcomes.every((o) => o.passed || o.accepted === true || o.severity === 'warn'),
        outcomes,
      };
    },
  };
}

function ruleNamed(name: string): CheckRule {
  const rule = checkRules.find((one) => one.name === name);
  if (!rule) throw new Error(`No check rule is named ${name}.`);
  return rule;
}

function measureOf({ rule, measure: name }: Compiled): Measure[] {
  if (rule.measure === null) return [];
  const samples = (rule.measure.samples ?? []).map((sample, i) => ({ ...sample, name: `${name}.${i}` }));
  return [{ ...rule.measure, name, samples }];
}

function outcomeOf(compiled: Compiled, result: Measured, context: JudgeContext): CheckOutcome {
  const { accept, ...known } = context;
  const { definition, rule, measure } = compiled;
  const finding = findingOf(compiled, result, { rows: result.rows, inputRows: result.inputRows, ...known });
  const base = { check: definition.name, severity: definition.severity };
  const { skipped } = finding;
  if (!('failures' in finding) || finding.failures === 0)
    return { ...base, passed: true, ...(skipped === undefined ? {} : { skipped }), failures: 0, samples: [] };
  const samples = (rule.measure?.samples ?? [])
    .flatMap((_, i) => result.samples[`${measure}.${i}`] ?? [])
    .slice(0, 5);
  return {
    ...base,
    passed: false,
    ...(accept.includes(definition.name) ? { accepted: true } : {}),
    failures: finding.failures,
    ...(finding.message ? { message: finding.message } : {}),
    samples,
  };
}

function findingOf({ rule, measure }: Compiled, result: Measured, facts: JudgeFacts): Finding {
  if (rule.measure === null) return rule.judge({}, facts);
  const row = result.measures[measure];
  if (row !== undefined) return rule.judge(row, facts);
  const unmeasured = result.unmeasured[measure];
  const missing = unmeasured?.missingColumns[0];
  if (missing === undefined)
    return { failures: 1, message: `it could not be evaluated: ${unmeasured?.error ?? 'no result'}` };
  const near = nearest(
    missing,
    result.schema.map((column) => column.name),
  );
  return {
    failures: 1,
    message: `the output has no column ${missing}${near ? `; did you mean ${near}?` : ''}`,
  };
}
