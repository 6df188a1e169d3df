/** Why a transform cannot be planned: it is no single query, uses what does not exist, or cannot be limited to its partition. Pure. */
import { nearest } from '../core/nearest.js';
import type { Dataset } from '../dataset/dataset.js';
import type { SqlInspection } from '../engine/transform-engine.js';
import type { Refusal } from './guards.js';

/** `inspection` is null for a dataset that passes its input through. Null when nothing speaks against it. */
export function transformRefusal(dataset: Dataset, inspection: SqlInspection | null): Refusal | null {
  if (inspection === null) return unlimited(dataset, []);
  return (
    problemOf(dataset, inspection) ??
    unknownNames(dataset, inspection) ??
    unlimited(dataset, inspection.parameters)
  );
}

function problemOf(dataset: Dataset, { problem }: SqlInspection): Refusal | null {
  if (problem === null) return null;
  const { file, line } = dataset.transform!;
  const at = problem.line === null ? file : `${file}:${line + problem.line - 1}:${problem.column ?? 1}`;
  return {
    code: problem.code,
    message: `The SQL of ${dataset.name} cannot be used: ${problem.message} (${at})`,
    hint: 'Write one SELECT.',
  };
}

function unknownNames(dataset: Dataset, { tables, parameters }: SqlInspection): Refusal | null {
  const inputs = dataset.inputs.map(({ name }) => name);
  const table = tables.find((name) => !inputs.some((input) => input.toLowerCase() === name.toLowerCase()));
  if (table !== undefined) return unknown(dataset, `the table '${table}'`, table, inputs, 'inputs');
  const known = parametersOf(dataset);
  const parameter = parameters.find((name) => !known.includes(name));
  if (parameter === undefined) return null;
  return unknown(dataset, `the parameter $${parameter}`, parameter, known, 'parameters');
}

/** Names that the SQL may bind with `$`. */
export function parametersOf({ time, values }: Dataset): string[] {
  const names = values.map(({ name }) => name);
  return time === null ? names : ['partition_start', 'partition_end', time.name, ...names];
}

function unknown(
  dataset: Dataset,
  what: string,
  word: string,
  known: readonly string[],
  kind: string,
): Refusal {
  const meant = nearest(word, known);
  return {
    code: 'TRANSFORM_REFUSED',
    message: `The SQL of ${dataset.name} uses ${what}, which does not exist.`,
    hint: meant === null ? `Its ${kind}: ${known.join(', ') || 'none'}.` : `Did you mean '${meant}'?`,
  };
}

function unlimited(dataset: Dataset, parameters: readonly string[]): Refusal | null {
  const variables = [
    ...(dataset.time === null ? [] : [dataset.time.name]),
    ...dataset.values.map(({ name }) => name),
  ];
  if (variables.length === 0 || parameters.length > 0) return null;
  const cut = dataset.inputs.some(({ template }) =>
    template.variables.some((name) => variables.includes(name)),
  );
  if (cut) return null;
  return {
    code: 'TRANSFORM_REFUSED',
    message: `The transform of ${dataset.name} cannot be limited to a partition: no input is cut by ${variables.join(' or ')}, and the SQL uses no parameter.`,
    hint:
      dataset.time === null
        ? `Filter by $${variables[0]} in the SQL, or put {${variables[0]}} into an input's template.`
        : `Filter by $partition_start and $partition_end in the SQL, or put {${variables[0]}} into an input's template.`,
  };
}
