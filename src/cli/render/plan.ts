/** Text of a plan: a tree of datasets, actions and ranges with reasons; totals; what is held and what would include it. */
import type { DatasetPlan, HeldKey, Plan, Task } from '../../index.js';
import { foldKeys, hintOfAny, hintOfRange, type Range } from './fold.js';
import { quoteWord } from '../words.js';
import { formatBytes, formatCount, formatSeconds, formatTime, oneLine, oneName, plural } from './format.js';
import { codesOf as codes, meaningOf, sayReasons } from './reasons.js';
import { alignRows } from './table.js';
import { MOST_RANGES, nextCommand, renderGuarantee, type View } from './view.js';

/** Characters of a reason in a row. */
const LONGEST_REASON = 100;

export interface PlanView extends View {
  /** Where the plan was saved; null when it was not. */
  readonly file: string | null;
  /** The next command is about to be asked for, so it is not printed. */
  readonly asking: boolean;
}

export function renderPlan(plan: Plan, view: PlanView): string[] {
  const lines = view.quiet ? [] : [renderHead(plan), ...plan.datasets.flatMap((d) => renderDataset(d, view))];
  if (!view.quiet) lines.push(...renderGuarantees(plan, view));
  lines.push(renderTotal(plan));
  if (plan.options.stageOnly && !view.quiet)
    lines.push('stage only: readers find what they found before; the output is kept for 14 days');
  if (plan.refused !== null) {
    lines.push(`${view.style.paint.red('refused:')} ${oneLine(plan.refused.message)}`);
    if (plan.refused.hint !== '') lines.push(`  ${oneLine(plan.refused.hint)}`);
  }
  const next = view.quiet || view.asking ? null : suggest(plan, view);
  return next === null ? lines : [...lines, nextCommand(view, next)];
}

function renderHead(plan: Plan): string {
  const reason = plan.reason === null ? '' : `  reason: ${oneLine(plan.reason)}`;
  return `plan ${plan.id}  as of ${formatTime(plan.asOf)}  by ${oneLine(plan.requestedBy)}${reason}`;
}

function renderDataset(dataset: DatasetPlan, view: PlanView): string[] {
  const ranges = foldKeys(dataset.tasks, {
    same: (task) => (view.verbose ? task.key : `${task.action} ${codesOf(task)}`),
    adjacent: 'time',
  });
  const shown = view.verbose ? ranges : ranges.slice(0, MOST_RANGES);
  const rest = ranges.length - shown.length;
  const branches = [
    ...alignRows([
      ...taskRows(shown, view),
      ...heldRows('held', dataset.held, view),
      ...heldRows('unknown', dataset.unknown, view),
    ]),
    ...(rest > 0 ? [`${formatCount(rest)} more ranges; -v shows every task`] : []),
    ...(dataset.fresh > 0 ? [`${formatCount(dataset.fresh)} fresh, not selected; add --only all`] : []),
  ];
  if (branches.length === 0) branches.push('nothing to do');
  const warnings = dataset.warnings.map((w) => `  ${view.style.paint.yellow('warning')}  ${oneLine(w)}`);
  return [
    `${view.style.paint.bold(dataset.dataset)}  ${view.style.paint.dim(oneName(dataset.target))}`,
    ...branches.map((line, i) => `${i === branches.length - 1 ? '└─' : '├─'} ${line}`),
    ...warnings,
  ];
}

function taskRows(ranges: readonly Range<Task>[], view: PlanView): string[][] {
  return ranges.map((range) => [
    paintAction(range.items[0]?.action ?? 'create', view),
    oneName(range.label),
    reasonsOf(range, view),
    readsOf(range.items, view.verbose),
  ]);
}

function paintAction(action: Task['action'], view: PlanView): string {
  return action === 'create' ? view.style.paint.green(action) : view.style.paint.yellow(action);
}

/** A single key's own message; of several keys what their codes mean. */
function reasonsOf({ items }: Range<Task>, view: View): string {
  const { reasons } = items[0]!;
  if (items.length === 1) return shorten(sayReasons(reasons), view);
  return [...new Set(reasons.map(({ code }) => meaningOf(code)))].join('; ');
}

/** One long message would push the columns of all rows apart; `-v` says it whole. */
function shorten(text: string, view: View): string {
  return view.verbose || text.length <= LONGEST_REASON ? text : `${text.slice(0, LONGEST_REASON - 4)} ...`;
}

function codesOf(task: Task | undefined): string {
  return codes(task?.reasons ?? []);
}

function readsOf(tasks: readonly Task[], verbose: boolean): string {
  const inputs = tasks.flatMap((task) => task.inputs);
  const awaited = inputs.filter((input) => 'tasks' in input);
  const planned = inputs.filter((input) => 'objects' in input);
  const objects = planned.reduce((sum, input) => sum + input.objects, 0);
  const bytes = planned.reduce((sum, input) => sum + input.bytes, 0);
  const parts: string[] = [];
  if (verbose)
    parts.push(
      ...planned.map((i) => `${i.name} ${plural(i.objects, 'object')} ${formatBytes(i.bytes)}`),
      ...awaited.map((i) => `${i.name} from ${i.tasks.map(oneLine).join(', ')}`),
    );
  else {
    if (objects > 0) parts.push(`${plural(objects, 'object')} ${formatBytes(bytes)}`);
    if (awaited.length > 0)
      parts.push(`${plural(new Set(awaited.flatMap((i) => i.tasks)).size, 'task')} of this plan`);
  }
  return parts.length === 0 ? '' : `reads ${parts.join(', ')}`;
}

/** Held and unknown keys: ranges of one code and remedy; `-v`: each key. */
function heldRows(word: 'held' | 'unknown', held: readonly HeldKey[], view: PlanView): string[][] {
  const keys = held.map((one) => ({ ...one, start: one.start ?? null, end: one.end ?? null }));
  const ranges = foldKeys(keys, {
    same: (one) => (view.verbose ? one.key : `${one.code}\n${hintOfAny(one)}`),
    adjacent: 'time',
  });
  const shown = view.verbose ? ranges : ranges.slice(0, MOST_RANGES);
  const rows = shown.map(({ items, label }) => {
    const first = items[0]!;
    const why =
      items.length === 1
        ? shorten(`${first.code}: ${oneLine(first.message)}`, view)
        : sharedReason(word, items);
    const painted = word === 'held' ? view.style.paint.dim(word) : view.style.paint.magenta(word);
    return [painted, oneName(label), oneLine(why), oneLine(hintOfRange(items))];
  });
  const rest = ranges.length - shown.length;
  return rest > 0 ? [...rows, [word, `${formatCount(rest)} more ranges; -v shows every key`]] : rows;
}

/** Of held keys what the code means; of unknown ones the cause, where it is one for all. */
function sharedReason(word: 'held' | 'unknown', [first, ...others]: readonly HeldKey[]): string {
  const { code, message } = first!;
  const isShared = word === 'unknown' && others.every((one) => one.message === message);
  return isShared ? `${code}: ${message}` : meaningOf(code);
}

/** Said once where readers may notice: a partition is replaced. With `-v` in full; the same words once for all datasets. */
function renderGuarantees(plan: Plan, view: PlanView): string[] {
  const touched = plan.datasets.filter((d) =>
    d.tasks.some((task) => view.verbose || task.action === 'replace'),
  );
  if (touched.length === 0) return [];
  if (!view.verbose) return [view.style.paint.dim(READERS)];
  const [common, ...others] = new Set(touched.map((d) => d.guarantee));
  if (common !== undefined && others.length === 0) return renderGuarantee('', common, view);
  return touched.flatMap((d) => renderGuarantee(d.dataset, d.guarantee, view));
}

const READERS =
  'readers: see whole generations; while a partition is replaced a listing may show old and new files together (-v says more)';

function renderTotal(plan: Plan): string {
  const tasks = plan.datasets.flatMap((d) => d.tasks);
  const count = (of: 'held' | 'unknown') => plan.datasets.reduce((sum, d) => sum + d[of].length, 0);
  const left = (['held', 'unknown'] as const)
    .map((of) => (count(of) === 0 ? '' : `; ${formatCount(count(of))} ${of}`))
    .join('');
  if (tasks.length === 0)
    return `total: ${count('unknown') > 0 ? 'nothing that can be decided' : 'nothing to do'}${left}`;
  const creates = tasks.filter((task) => task.action === 'create').length;
  const actions = [
    ...(creates > 0 ? [`${formatCount(creates)} create`] : []),
    ...(creates < tasks.length ? [`${formatCount(tasks.length - creates)} replace`] : []),
  ];
  const { readBytes, writeBytes, requests, seconds } = plan.estimate;
  const costs = [
    `reads ${formatBytes(readBytes)}`,
    `writes about ${formatBytes(writeBytes)}`,
    `about ${plural(requests, 'request')}`,
    ...(seconds === null ? [] : [`about ${formatSeconds(seconds)}`]),
  ];
  return `total: ${plural(tasks.length, 'partition')} (${actions.join(', ')}); ${costs.join(', ')}${left}`;
}

function suggest(plan: Plan, view: PlanView): string | null {
  if (plan.refused !== null || plan.datasets.every((d) => d.tasks.length === 0)) return null;
  return view.file === null
    ? `lakefill run${view.words}`
    : `lakefill apply ${quoteWord(view.file)}${view.projectWords}`;
}
