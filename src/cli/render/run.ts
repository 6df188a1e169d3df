/** Text of a run document: the summary, and for each failure what happened, to what, its state now, what to do. */
import type { CheckOutcome, PartitionOutcome, RunDocument } from '../../index.js';
import {
  clean,
  formatCount,
  formatSeconds,
  formatTime,
  oneLine,
  oneName,
  plural,
  secondsBetween,
} from './format.js';
import { countOutcomes, OUTCOMES, paintOutcome, stateOf } from './outcome.js';
import { createRowRenderer } from './run-rows.js';
import { quoteWord } from '../words.js';
import { renderNewPartitions } from './new-partitions.js';
import { nextCommand, renderGuarantee, renderNotes, type View } from './view.js';

/** Failures told in full before `-v` is needed. */
const MOST_FAILURES = 10;

/** Commands whose failures `retry` plans again. */
const RETRIABLE = ['run', 'apply', 'retry'];

interface Ended {
  readonly dataset: string;
  readonly result: PartitionOutcome;
}

export interface RunView extends View {
  /** It may have ended long ago: nothing is said of now, and only what still waits asks for a next step. */
  readonly past?: boolean;
  /** Nothing was written, so nothing can be tried again. */
  readonly dryRun: boolean;
  /** The run has just ended: what to look at next is told, which is no part of its history. */
  readonly justEnded: boolean;
}

/** What ends a run: totals, failures, with `-v` the guarantee. The partitions' rows went past before. */
export function renderRunSummary(document: RunDocument, view: RunView): string[] {
  const all = endedOf(document);
  const unwell = all.filter((ended) => !OUTCOMES[ended.result.outcome].well);
  const folded = view.verbose ? [] : foldNotBegun(unwell);
  const failures = unwell.filter((ended) => !folded.some((fold) => fold.includes(ended)));
  const told = view.verbose ? failures : failures.slice(0, MOST_FAILURES);
  const rest = failures.length - told.length;
  return [
    renderTotals(document, all.length, view),
    ...renderLeft(document, view),
    ...(view.quiet ? renderSkipped(all, view) : renderUnverified(all)),
    ...(view.verbose ? renderGuarantee('', document.guarantee, view) : []),
    ...told.flatMap((ended) => ['', ...renderFailure(ended, view)]),
    ...(rest > 0
      ? ['', `${plural(rest, 'more failure')}: lakefill history ${document.id}${view.projectWords} -v`]
      : []),
    ...folded.flatMap((fold) => ['', ...renderNotBegun(fold, view)]),
    ...(view.past || view.quiet ? [] : renderNewPartitions(document, view)),
    ...(view.past ? [] : renderDownstream(document, view)),
    ...renderNext(document, unwell.length > 0, view),
    ...(view.dryRun ? ['dry run: nothing was written'] : []),
  ];
}

/** `history RUN`: who asked for what, every key's outcome, then the summary. */
export function renderRun(document: RunDocument, view: View & Pick<RunView, 'past'>): string[] {
  const ended = endedOf(document);
  const withDataset = document.datasets.length > 1;
  const keys = ended.map(({ dataset, result }) => (withDataset ? `${dataset}/${result.key}` : result.key));
  const row = createRowRenderer({ style: view.style, withDataset, keys });
  const reason = document.reason === null ? '' : `  reason: ${oneLine(document.reason)}`;
  const head = [
    `lakefill ${document.command}  by ${oneLine(document.requestedBy)}  started ${formatTime(document.startedAt)}${reason}`,
    ...document.datasets.map((d) => `${view.style.paint.bold(d.dataset)}  ${oneName(d.target)}`),
  ];
  const rowOf = (e: Ended, i: number) => row({ ...e, done: i + 1, tasks: ended.length });
  // All rows are known here: a first pass finds the widths.
  ended.forEach(rowOf);
  const rows = ended.map(rowOf);
  return [
    ...renderNotes(document.notes, view),
    ...(view.quiet ? [] : [...head, ...rows]),
    ...renderRunSummary(document, { ...view, dryRun: false, justEnded: false }),
  ];
}

/** Readers of what changed keep what they made of it before, until they are run too. */
function renderDownstream({ downstream = [] }: RunDocument, view: RunView): string[] {
  if (downstream.length === 0) return [];
  const count = downstream.reduce((sum, { partitions }) => sum + partitions, 0);
  const names = downstream.map(
    ({ dataset, partitions }) => `${oneName(dataset)} (${formatCount(partitions)})`,
  );
  const what = `${plural(count, 'partition')} downstream ${count === 1 ? 'reads' : 'read'} what changed: ${names.join(', ')}`;
  if (view.quiet) return [what];
  const words = wordsOfNames(downstream.map(({ dataset }) => dataset));
  return [what, nextCommand(view, `lakefill run${words}${view.projectWords}`)];
}

function renderNext(document: RunDocument, failed: boolean, view: RunView): string[] {
  if (view.dryRun || view.quiet) return [];
  const words = `${document.id}${view.projectWords}`;
  const until = document.stagedUntil === undefined ? '' : ` (kept until ${formatTime(document.stagedUntil)})`;
  const commands = [
    ...((document.counts.staged ?? 0) > 0 && !(view.past && until === '')
      ? [`lakefill diff ${words}`, `lakefill promote ${words}${until}`]
      : []),
    ...(failed && !view.past && RETRIABLE.includes(document.command) ? [`lakefill retry ${words}`] : []),
  ];
  if (view.justEnded && (document.downstream ?? []).length === 0)
    commands.push(...afterDecision(document, view));
  return [
    ...(failed && commands.length > 0 ? [''] : []),
    ...(view.justEnded ? renderRolledBack(document, view) : []),
    ...commands.map((command) => nextCommand(view, command)),
  ];
}

/** Commands after which a scan shows what they made of the datasets. */
const DECISIONS = ['promote', 'discard', 'rollback'];

function afterDecision(document: RunDocument, view: RunView): string[] {
  const changed = changedOf(document);
  if (!DECISIONS.includes(document.command) || changed.length === 0) return [];
  return [`lakefill scan${wordsOfNames(changed)}${view.projectWords}`];
}

function renderRolledBack(document: RunDocument, view: RunView): string[] {
  const changed = changedOf(document);
  if (document.command !== 'rollback' || changed.length === 0) return [];
  const again = `lakefill run${wordsOfNames(changed)} --only failed${view.projectWords}`;
  return [`what was undone is not made again until its SQL or inputs change, or you ask for it: ${again}`];
}

function changedOf({ datasets }: RunDocument): string[] {
  return datasets
    .filter(({ partitions }) =>
      partitions.some(({ outcome }) => OUTCOMES[outcome].well && outcome !== 'unchanged'),
    )
    .map(({ dataset }) => dataset);
}

function wordsOfNames(names: readonly string[]): string {
  return names.map((name) => ` ${quoteWord(name)}`).join('');
}

function endedOf(document: RunDocument): Ended[] {
  return document.datasets.flatMap((d) => d.partitions.map((result) => ({ dataset: d.dataset, result })));
}

function renderTotals(document: RunDocument, partitions: number, view: View): string {
  const took = formatSeconds(secondsBetween(document.startedAt, document.endedAt));
  const isUnknown = document.datasets.some(({ unknown = [] }) => unknown.length > 0);
  const nothing = isUnknown ? 'nothing that could be decided' : 'nothing to do';
  const what = partitions === 0 ? nothing : countOutcomes(document.counts, view.style);
  const exit = document.exitCode === 0 ? '' : `  exit ${document.exitCode}`;
  // No run of no partition is recorded, so its id would lead nowhere.
  if (partitions === 0) return `${what}; no run was recorded${exit}`;
  return `run ${document.id}  ${took}  ${what}${exit}`;
}

/** What was not worked on, also with `--quiet`: a hole that stays must not look like a job well done. */
function renderLeft({ datasets }: RunDocument, view: View): string[] {
  const { paint } = view.style;
  return datasets.flatMap(({ dataset, held = [], unknown = [] }) => {
    const name = datasets.length > 1 ? `${oneName(dataset)}: ` : '';
    const first = unknown[0];
    return [
      ...held.map(({ code, hint, keys }) => oneLine(`${name}${formatCount(keys)} held, ${code}: ${hint}`)),
      ...(first === undefined
        ? []
        : [
            `${name}${paint.magenta(`${formatCount(unknown.length)} unknown`)}: ` +
              oneLine(
                `${oneName(first.key)}${unknown.length > 1 ? ' and others' : ''}: ${first.code}: ${first.message} (${first.hint})`,
              ),
          ]),
    ];
  });
}

const WHY_UNVERIFIED = {
  'no-checksum': 'the store gave none',
  'composite-checksum': 'the store gave those of parts only',
};

/** One line, however many they are: nothing is wrong, and less is proven than usual. */
function renderUnverified(all: readonly Ended[]): string[] {
  const some = all.filter(({ result }) => (result.unverified ?? []).length > 0);
  if (some.length === 0) return [];
  const inputs = some.flatMap(({ result }) => result.unverified ?? []);
  const names = new Set(inputs.map(({ input, reason }) => `${oneLine(input)} (${WHY_UNVERIFIED[reason]})`));
  return [
    `${plural(some.length, 'partition')} read what could not be compared with a checksum: ${[...names].join(', ')}`,
  ];
}

/** Without rows nothing else says why a partition was passed over. One line per dataset and reason. */
function renderSkipped(all: readonly Ended[], view: View): string[] {
  const groups = new Map<string, Ended[]>();
  for (const ended of all) {
    const { outcome, error } = ended.result;
    if (outcome !== 'skipped' || error === null) continue;
    const name = JSON.stringify([ended.dataset, error.code, error.message]);
    groups.set(name, [...(groups.get(name) ?? []), ended]);
  }
  return [...groups.values()].map(([first, ...others]) => {
    const { dataset, result } = first!;
    const more = others.length === 0 ? '' : ` and ${formatCount(others.length)} more`;
    return `${oneName(`${dataset}/${result.key}`)}${more}  ${paintOutcome('skipped', 'skipped', view.style)}  ${oneLine(`${result.error!.code}: ${result.error!.message}`)}`;
  });
}

/** Cancelled keys of a dataset for one and the same reason, two and more. */
function foldNotBegun(unwell: readonly Ended[]): Ended[][] {
  const groups = new Map<string, Ended[]>();
  for (const ended of unwell) {
    const { outcome, error } = ended.result;
    if (outcome !== 'cancelled') continue;
    const name = JSON.stringify([ended.dataset, error]);
    groups.set(name, [...(groups.get(name) ?? []), ended]);
  }
  return [...groups.values()].filter((group) => group.length > 1);
}

function renderNotBegun(group: readonly Ended[], view: RunView): string[] {
  const [first, last] = [group[0]!, group.at(-1)!];
  const { outcome, error } = first.result;
  const keys = oneName(`${first.dataset}/${first.result.key} .. ${last.result.key}`);
  return [
    `${keys} (${group.length})  ${paintOutcome(outcome, outcome, view.style)}`,
    ...(error === null ? [] : indent(`${error.code}: ${error.message}`)),
    ...(view.past
      ? []
      : renderNow('readers find what they found before', error?.hint ?? OUTCOMES[outcome].remedy, view)),
  ];
}

function renderFailure({ dataset, result }: Ended, view: RunView): string[] {
  const { outcome, error } = result;
  const failed = result.checks.filter((c) => !c.passed && c.severity === 'error' && c.accepted !== true);
  const happened =
    failed.length > 0
      ? failed.flatMap(renderCheck)
      : indent(error === null ? 'no reason was recorded' : `${error.code}: ${error.message}`);
  const hint = error?.hint ?? OUTCOMES[outcome].remedy;
  return [
    `${oneName(`${dataset}/${result.key}`)}  ${paintOutcome(outcome, outcome, view.style)}`,
    ...happened,
    ...(view.past ? [] : renderNow(stateOf(result), hint, view)),
  ];
}

function renderNow(now: string, remedy: string, { style: { paint } }: View): string[] {
  return [`  ${paint.dim('now:')} ${oneLine(now)}`, `  ${paint.dim('do:')}  ${oneLine(remedy)}`];
}

function renderCheck(check: CheckOutcome): string[] {
  const found = check.message ?? plural(check.failures, 'row');
  return [
    ...indent(`${check.check}: ${found}`),
    ...check.samples.map((sample) => `    ${oneLine(JSON.stringify(sample))}`),
  ];
}

function indent(text: string): string[] {
  return clean(text)
    .split('\n')
    .map((line) => `  ${line}`.trimEnd());
}
