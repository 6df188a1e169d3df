/** `rowCount: { min, max, vsInput, vsCurrent }`: how many rows came out, by itself and against what was read or stood there. */
import { z } from 'zod';
import { share, unknownInput } from '../options.js';
import type { CheckRule, CompileContext, Finding, JudgeFacts } from '../rule.js';
import { count } from '../sql.js';

const named = z.strictObject({ input: z.string().min(1), share });
const options = z
  .strictObject({
    min: z.int().nonnegative().optional().describe('Least number of rows.'),
    max: z.int().nonnegative().optional().describe('Largest number of rows.'),
    vsInput: z
      .union([share, named])
      .optional()
      .describe(
        'Output rows as a share of the rows read: `0.9` or `[0.9, 1.0]`; with several inputs `{ input: raw, share: [0.9, 1.0] }`.',
      ),
    vsCurrent: share.optional().describe('Output rows as a share of the rows that readers find now.'),
  })
  .refine(
    (o) => Object.values(o).some((value) => value !== undefined),
    'give at least one of min, max, vsInput, vsCurrent',
  )
  .refine(({ min = 0, max = Infinity }) => min <= max, {
    path: ['min'],
    message: 'min is larger than max: no number of rows can pass',
  });

type Options = z.infer<typeof options>;
interface Share {
  readonly min: number;
  readonly max: number;
}

export const rowCount: CheckRule<Options> = {
  name: 'rowCount',
  schema: options.describe('Bounds for the number of rows, all included.'),
  describe: (o) =>
    `rowCount(${Object.keys(o)
      .filter((key) => o[key as keyof Options] !== undefined)
      .join(', ')})`,
  misfit: ({ vsInput }, inputs) => {
    if (vsInput === undefined) return null;
    if ('input' in vsInput) return unknownInput(vsInput.input, inputs);
    return inputs.length === 1
      ? null
      : `vsInput must name one of the inputs ${inputs.join(', ')}: vsInput: { input: ${inputs[0]}, share: 0.9 }`;
  },
  compile: (o, context) => ({ measure: null, judge: (_row, facts) => judge(o, facts, context) }),
};

function judge(o: Options, facts: JudgeFacts, context: CompileContext): Finding {
  const { rows } = facts;
  const wrong: string[] = [];
  const skipped: string[] = [];
  if (o.min !== undefined && rows < o.min) wrong.push(`${count(rows, 'row')}, at least ${o.min} wanted`);
  if (o.max !== undefined && rows > o.max) wrong.push(`${count(rows, 'row')}, at most ${o.max} wanted`);
  if (o.vsInput !== undefined) compare(againstInput(o.vsInput, facts, context), rows, wrong, skipped);
  if (o.vsCurrent !== undefined) compare(againstCurrent(o.vsCurrent, facts), rows, wrong, skipped);
  if (wrong.length > 0) return { failures: 1, message: wrong.join('; ') };
  return { failures: 0, ...(skipped.length > 0 ? { skipped: skipped.join('; ') } : {}) };
}

type Comparison =
  | { readonly base: number; readonly of: string; readonly share: Share }
  | { readonly skipped: string }
  | { readonly wrong: string };

function againstInput(
  vsInput: NonNullable<Options['vsInput']>,
  facts: JudgeFacts,
  { inputs }: CompileContext,
): Comparison {
  const input = 'input' in vsInput ? vsInput.input : inputs.length === 1 ? inputs[0] : undefined;
  const share = 'input' in vsInput ? vsInput.share : vsInput;
  if (input === undefined)
    return {
      wrong: `vsInput must name one of the inputs ${inputs.join(', ')}: vsInput: { input: ${inputs[0]}, share: ... }`,
    };
  const base = facts.inputRows[input];
  if (base === undefined) return { wrong: `there is no input ${input}` };
  return { base, of: `the ${count(base, 'row')} of ${input}`, share };
}

function againstCurrent(share: Share, { current }: JudgeFacts): Comparison {
  if (current === null) return { skipped: 'nothing stands there to compare with' };
  if (current.rows === null) return { skipped: 'the rows of what stands there are not known' };
  return { base: current.rows, of: `the ${count(current.rows, 'row')} that readers find now`, share };
}

function compare(comparison: Comparison, rows: number, wrong: string[], skipped: string[]): void {
  if ('skipped' in comparison) skipped.push(comparison.skipped);
  else if ('wrong' in comparison) wrong.push(comparison.wrong);
  else {
    const { base, of, share } = comparison;
    if (rows >= share.min * base && rows <= share.max * base) return;
    const wanted = share.max === Infinity ? `at least ${share.min}` : `${share.min} to ${share.max}`;
    wrong.push(
      `${count(rows, 'row')} are ${base === 0 ? 'not' : (rows / base).toFixed(3)} of ${of}, ${wanted} wanted`,
    );
  }
}
