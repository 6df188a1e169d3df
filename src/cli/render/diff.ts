/** Text of a comparison: per partition what is compared, rows, schema, columns that differ, sums that moved, samples. */
import type { DiffDocument, DiffSide, PartitionDiff } from '../../index.js';
import { formatBytes, formatCount, oneLine, oneName, plural } from './format.js';
import { alignRows } from './table.js';
import { nextCommand, type View } from './view.js';

type DiffRow = PartitionDiff['samples']['onlyBefore'][number];

export function renderDiff(document: DiffDocument, view: View): string[] {
  const lines = document.datasets.flatMap(({ dataset, partitions }) =>
    partitions.flatMap((partition) => renderPartition(dataset, partition, view)),
  );
  const waits = document.datasets.some(({ partitions }) =>
    partitions.some((p) => p.after?.what === 'staged'),
  );
  if (!waits || view.quiet || document.run === null) return lines;
  return [...lines, nextCommand(view, `lakefill promote ${document.run}${view.projectWords}`)];
}

function renderPartition(dataset: string, partition: PartitionDiff, view: View): string[] {
  const { key, before, after, error } = partition;
  const { paint } = view.style;
  const name = paint.bold(oneName(`${dataset}/${key}`));
  if (error !== null || before === null || after === null || partition.rows === null) {
    const { code, message, hint } = error ?? { code: '', message: 'not compared', hint: null };
    const what = `${name}  ${paint.red('not compared')}  ${oneLine(`${code}: ${message}`)}`;
    return hint === null ? [what] : [what, `  ${paint.dim('do:')} ${oneLine(hint)}`];
  }
  const head = `${name}  ${sideOf(before)} -> ${sideOf(after)}  ${summaryOf(partition)}`;
  if (view.quiet) return [head];
  const facts = [...factsOf(partition, before, after, view)].map(([what, text]) => [
    paint.dim(what),
    oneLine(text),
  ]);
  return [head, ...alignRows(facts).map((line) => `  ${line}`), ...samplesOf(partition, view)];
}

function sideOf({ what, run, generation }: DiffSide): string {
  if (what === 'absent') return 'nothing';
  if (what === 'staged') return `staged by ${run ?? ''}`;
  return generation === null ? what : `${what} generation ${generation}`;
}

function summaryOf({ rows, schema }: PartitionDiff): string {
  if (rows === null) return '';
  const columns = schema.added.length + schema.removed.length + schema.changed.length;
  const same = rows.onlyBefore + rows.onlyAfter + (rows.changed ?? 0) + columns === 0;
  return same ? 'the same rows' : 'different';
}

function factsOf(
  { rows, by, schema, columns, sums, notes }: PartitionDiff,
  before: DiffSide,
  after: DiffSide,
  view: View,
): [string, string][] {
  if (rows === null) return [];
  const how = by === null ? 'by whole rows' : `by ${by.join(', ')}`;
  const changed = rows.changed === null ? '' : `, ${formatCount(rows.changed)} changed`;
  const differing = columns.filter(({ equal, compared }) => view.verbose || equal < compared);
  const moved = sums.filter((sum) => view.verbose || sum.before !== sum.after);
  return [
    [
      'rows',
      `${formatCount(before.rows ?? 0)} -> ${formatCount(after.rows ?? 0)}: ${formatCount(rows.onlyBefore)} only before, ` +
        `${formatCount(rows.onlyAfter)} only after${changed}, ${formatCount(rows.equal)} equal (${how})`,
    ],
    [
      'files',
      `${plural(before.files, 'file')} ${formatBytes(before.bytes)} -> ${plural(after.files, 'file')} ${formatBytes(after.bytes)}`,
    ],
    ...schema.added.map(({ name, type }): [string, string] => ['column', `+ ${name} ${type}`]),
    ...schema.removed.map(({ name, type }): [string, string] => ['column', `- ${name} ${type}`]),
    ...schema.changed.map((c): [string, string] => ['column', `${c.name} ${c.before} -> ${c.after}`]),
    ...differing.map(({ name, equal, compared, ratio }): [string, string] => [
      'match',
      `${name} ${percent(ratio)} (${formatCount(equal)} of ${formatCount(compared)})`,
    ]),
    ...moved.map((sum): [string, string] => [
      'sum',
      `${sum.name} ${sum.before ?? '-'} -> ${sum.after ?? '-'}`,
    ]),
    ...notes.map((note): [string, string] => ['note', note]),
  ];
}

/** Never 100 % or 0 % by rounding. */
function percent(ratio: number | null): string {
  if (ratio === null) return '-';
  const tenths = Math.round(ratio * 1000);
  const shown = ratio === 1 ? 1000 : ratio === 0 ? 0 : Math.min(999, Math.max(1, tenths));
  return `${(shown / 10).toFixed(1)} %`;
}

function samplesOf({ samples }: PartitionDiff, view: View): string[] {
  const { paint } = view.style;
  const row = (mark: string, values: DiffRow) => `    ${mark} ${oneLine(JSON.stringify(values))}`;
  return [
    ...samples.onlyBefore.map((values) => paint.red(row('-', values))),
    ...samples.onlyAfter.map((values) => paint.green(row('+', values))),
    ...samples.changed.flatMap(({ before, after }) => [
      paint.yellow(row('<', before)),
      paint.yellow(row('>', after)),
    ]),
  ];
}
