/**
 * One aligned row per ended partition: `[ 3/31] dt=2025-01-03  promoted  998 rows  51 KiB  checks 4 ok  0.84 s`.
 *
 * Rows scroll past one by one, so a column is as wide as the widest cell so far; it never narrows.
 */
import type { PartitionOutcome } from '../../index.js';
import { formatBytes, formatSeconds, oneLine, oneName, plural } from './format.js';
import { paintOutcome } from './outcome.js';
import type { Style } from './style.js';
import { pad } from './table.js';

export interface EndedPartition {
  readonly dataset: string;
  readonly done: number;
  readonly tasks: number;
  readonly result: PartitionOutcome;
}

export interface RowOptions {
  readonly style: Style;
  /** Several datasets in the run: keys are shown as `dataset/key`. */
  readonly withDataset: boolean;
  /** Keys that will come, for the width of their column. */
  readonly keys: readonly string[];
}

/** Renders the rows of one run, in the order in which partitions end. */
export function createRowRenderer(options: RowOptions): (ended: EndedPartition) => string {
  const widths = {
    key: Math.max(0, ...options.keys.map((key) => oneName(key).length)),
    outcome: 8,
    rows: 0,
    bytes: 0,
    checks: 0,
  };
  const fit = (column: keyof typeof widths, text: string, align: 'left' | 'right' = 'left') => {
    widths[column] = Math.max(widths[column], text.length);
    return pad(text, widths[column], align);
  };
  return ({ dataset, done, tasks, result }) => {
    const index = `[${String(done).padStart(String(tasks).length)}/${tasks}]`;
    const name = oneName(options.withDataset ? `${dataset}/${result.key}` : result.key);
    const head = `${index} ${fit('key', name)}`;
    const outcome = paintOutcome(result.outcome, fit('outcome', result.outcome), options.style);
    const produced = result.outcome === 'promoted' || result.outcome === 'staged';
    if (!produced) return [head, outcome, whyNot(result)].join('  ').trimEnd();
    if (result.generation === null && result.outcome === 'promoted')
      return [head, outcome, 'absent again', formatSeconds(totalSeconds(result))].join('  ');
    const { output } = result.rows;
    const cells = [
      // Nobody counted what a rollback brings back of adopted files.
      ...(output === null && widths.rows === 0
        ? []
        : [fit('rows', output === null ? '' : plural(output, 'row'), 'right')]),
      fit('bytes', formatBytes(result.bytes), 'right'),
      // A rollback checks nothing: what it restores was checked when it was made.
      ...(result.checks.length === 0 && widths.checks === 0 ? [] : [fit('checks', checksOf(result))]),
      formatSeconds(totalSeconds(result)),
    ];
    return [head, outcome, ...cells].join('  ');
  };
}

export function totalSeconds(result: PartitionOutcome): number {
  const { fetch, transform, check, stage, promote } = result.seconds;
  return fetch + transform + check + stage + promote;
}

function checksOf(result: PartitionOutcome): string {
  if (result.checks.length === 0) return '';
  const failed = result.checks.filter((check) => !check.passed);
  const skipped = result.checks.filter((check) => check.skipped !== undefined).length;
  const passed = result.checks.length - failed.length - skipped;
  const parts = [`${passed} ok`];
  if (failed.length > 0)
    parts.push(`${failed.length} ${failed.every((c) => c.accepted) ? 'accepted' : 'warn'}`);
  if (skipped > 0) parts.push(`${skipped} skipped`);
  return `checks ${parts.join(', ')}`;
}

/** For a rejection the checks that failed; otherwise the reason's message. */
function whyNot(result: PartitionOutcome): string {
  const failed = result.checks.filter((c) => !c.passed && c.severity === 'error' && c.accepted !== true);
  if (failed.length > 0)
    return failed.map((c) => oneLine(`${c.check}: ${c.message ?? plural(c.failures, 'row')}`)).join('; ');
  return result.error === null ? '' : oneLine(`${result.error.code}: ${result.error.message}`);
}
