/** What a rule is: options with a schema and a name, the measures that it needs, and a pure judgement of what was measured. */
import type { CheckPart } from '../core/part.js';
import type { Aggregate, MeasureSample } from '../engine/transform-engine.js';

/** What a rule may know of its dataset when it is compiled. */
export interface CompileContext {
  /** Names of the inputs, in the order of the definition. */
  readonly inputs: readonly string[];
  /** Columns that only paths hold, of the target and of its inputs. */
  readonly pathColumns?: readonly string[];
}

/** What readers find before the output takes its place. */
export interface Current {
  /** Null: nobody knows how many. */
  readonly rows: number | null;
  /** Share of the rows with NULL by column, names in lower case; absent where nobody counted. Empty unless a rule compares with it. */
  readonly nullRatios: ReadonlyMap<string, number>;
}

/** What was found beside the rule's own measure. */
export interface JudgeFacts {
  /** Rows of the output. */
  readonly rows: number;
  readonly inputRows: Readonly<Record<string, number>>;
  /** What stood there before; null when there is nothing that can be compared with. */
  readonly current: Current | null;
  /** Until when data of the partition could exist: its end, or now if that is earlier. */
  readonly until?: number;
}

/**
 * How many failures, and in words what was found when there are any. `skipped`: what could not be evaluated, in words; where nothing of
 * the rule could be, there are no failures beside it.
 */
export type Finding =
  | { readonly skipped: string }
  | { readonly failures: number; readonly message?: string; readonly skipped?: string };

/** A measure without its name: aggregates over `output`, or a query of one row; `columns` must exist in the output. */
export type RuleMeasure = {
  readonly columns?: readonly string[];
  readonly samples?: readonly Omit<MeasureSample, 'name'>[];
} & ({ readonly sql: string } | { readonly aggregates: Readonly<Record<string, Aggregate>> });

export interface CompiledRule {
  /** Null: the facts are enough. */
  readonly measure: RuleMeasure | null;
  /** Compares with the NULLs of what readers find now: they must be counted. */
  readonly comparesNulls?: boolean;
  /** Pure. `row` is the measure's one row; empty without a measure. */
  judge(row: Readonly<Record<string, unknown>>, facts: JudgeFacts): Finding;
}

export interface CheckRule<Options = unknown> extends CheckPart<Options> {
  /** Throws nothing: what cannot be evaluated is a finding. */
  compile(options: Options, context: CompileContext): CompiledRule;
}
