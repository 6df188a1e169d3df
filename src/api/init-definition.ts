/** The text of a proposed definition and its SQL. Pure. */
import type { InputFormat } from '../engine/transform-engine.js';
import { quoteName, type SampleColumns } from './init-columns.js';
import type { ProposedLayout } from './init-layout.js';

export interface Draft {
  readonly name: string;
  readonly output: string;
  readonly input: string;
  readonly layout: ProposedLayout;
  readonly format: InputFormat;
  readonly certain: boolean;
  readonly columns: SampleColumns;
  readonly notes: readonly string[];
}

export function definitionOf({
  name,
  output,
  input,
  layout,
  format,
  certain,
  columns,
  notes,
}: Draft): string {
  const url = JSON.stringify(input);
  const { delimiter } = columns;
  const more = [
    ...(certain ? [] : [`format: ${format}`]),
    ...(delimiter === null ? [] : [`options: { delimiter: ${JSON.stringify(delimiter)} }`]),
  ];
  return [
    `# The dataset '${name}', proposed from the data that was found. Not certain:`,
    ...notes.map((note) => `# - ${note}`),
    '',
    `target: ${JSON.stringify(`./${output}/${name}/${layout.template}`)}`,
    ...partitionOf(layout, columns.timeColumn),
    'inputs:',
    more.length === 0 ? `  raw: ${url}` : `  raw: { url: ${[url, ...more].join(', ')} }`,
    'checks:',
    ...(columns.timeColumn === null ? [] : [`  - notNull: [${JSON.stringify(columns.timeColumn)}]`]),
    '  - rowCount: { min: 1 }',
    '',
  ].join('\n');
}

function partitionOf({ time, values }: ProposedLayout, timeColumn: string | null): string[] {
  if (time === null && values.length === 0) return [];
  const column = timeColumn === null ? '' : `, column: ${JSON.stringify(timeColumn)}`;
  return [
    'partition:',
    ...(time === null
      ? []
      : [`  ${time.name}: { grain: ${time.grain}, start: ${time.first}, timezone: UTC${column} }`]),
    ...values.map((v) => `  ${v.name}: { values: ${JSON.stringify(v.values)} }`),
  ];
}

/** Every column by name, those of the path too: so rows are checked against their partition. */
export function sqlOf({ columns }: SampleColumns, { pathColumns }: ProposedLayout): string {
  const own = new Set(columns.map((column) => column.name.toLowerCase()));
  const names = [
    ...columns.map((column) => column.name),
    ...pathColumns.filter((name) => !own.has(name.toLowerCase())),
  ];
  const types = new Map(columns.map((column) => [column.name, column.type]));
  const lines = names.map((name, i) => {
    const comma = i === names.length - 1 ? '' : ',';
    return `  ${quoteName(name)}${comma} -- ${types.get(name) ?? 'from the path'}`;
  });
  return ['-- The columns as they were found.', 'SELECT', ...lines, 'FROM raw', ''].join('\n');
}
