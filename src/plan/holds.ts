/**
 * Every reason not to touch a key that would otherwise be taken: the first that applies. Pure.
 *
 *     code                when                                                            included by
 *     in-flight           a live run works on the key, or on an upstream key of it        -
 *     input-unknown       an input could not be listed: its version cannot be planned     -
 *     input-missing,      an input cannot be read, and no task of the plan makes it       -
 *     input-unreadable,
 *     input-archived,
 *     upstream-missing
 *     retention           older than an input keeps                                       -
 *     unmanaged           objects, and the journal names no content of the key            --overwrite-external, adopt
 *     modified-outside    objects that the journal does not name exactly; not held: named --overwrite-external
 *                         ones that became unreadable with no foreign object beside them
 *     tried-before        the same definition and inputs were rejected, rolled back or    --only failed, --only all,
 *                         failed three times                                              --partition, retry
 *
 * Keys that `--only` does not take, and `over-limit`, are decided in choose.ts and make-plan.ts.
 */
import type { Fingerprint } from '../core/fingerprint.js';
import { intervalOf } from '../core/grain.js';
import type { Instant } from '../core/instant.js';
import type { PartitionKey } from '../core/partition-key.js';
import type { Dataset, DatasetInput } from '../dataset/dataset.js';
import { inputUnits } from '../dataset/input-prefixes.js';
import type { ScannedKey } from '../scan/dataset-scan.js';
import { compareWithJournal } from '../scan/journal-comparison.js';
import { count, listed } from '../scan/words.js';
import { notDataHint, takeOverHint } from './external.js';
import type { HeldKey } from './plan.js';
import { triedDigest, wasTried, whyNotAgain } from './tried.js';

export interface HoldFacts {
  readonly key: ScannedKey;
  readonly dataset: Dataset;
  readonly definition: Fingerprint;
  readonly now: Instant;
  /** Names of inputs that tasks of the plan make for this key. */
  readonly awaited: ReadonlySet<string>;
  readonly overwriteExternal: boolean;
  /** `--only failed`, `--only all` or `--partition`: what was tried before may be tried again. */
  readonly tryAgain: boolean;
}

export type Hold = Omit<HeldKey, 'key'>;

/** Why the key is left alone; null when nothing speaks against it. */
export function holdOf(facts: HoldFacts): Hold | null {
  for (const rule of RULES) {
    const hold = rule(facts);
    if (hold !== null) return hold;
  }
  return null;
}

const RULES: readonly ((facts: HoldFacts) => Hold | null)[] = [
  inFlight,
  inputUnknown,
  inputBlocked,
  retention,
  notOurs,
  triedBefore,
];

function inFlight({ key, awaited }: HoldFacts): Hold | null {
  const hint = 'Wait for that run to end.';
  if (key.liveRun !== null) return { code: 'in-flight', message: `run ${key.liveRun} works on it`, hint };
  const upstream = key.inputStates.find((input) => input.unsteady !== null && !awaited.has(input.name));
  return upstream ? { code: 'in-flight', message: `${upstream.name}: ${upstream.unsteady}`, hint } : null;
}

function inputUnknown({ key }: HoldFacts): Hold | null {
  const failed = key.inputStates.find((input) => input.failure !== null);
  if (failed === undefined) return null;
  const hint = 'Clear the cause of the failed listing and plan again.';
  return { code: 'input-unknown', message: `${failed.name}: ${failed.failure}`, hint };
}

function inputBlocked({ key, awaited }: HoldFacts): Hold | null {
  for (const input of key.inputStates) {
    const blocker = input.blockers.find(
      ({ code }) => code !== 'upstream-missing' || !awaited.has(input.name),
    );
    if (blocker !== undefined) return { ...blocker, hint: BLOCKER_HINTS[blocker.code] ?? '' };
  }
  return null;
}

/** What to do about a key that cannot be made, by the code of what is in its way. */
export const BLOCKER_HINTS: Readonly<Record<string, string>> = {
  'input-missing': "Deliver the input, or relax the input's 'require'.",
  'input-unreadable': 'Deliver the input again: the file is no whole Parquet file.',
  'input-archived': 'Restore the objects from the archive first.',
  'upstream-missing': 'Run the upstream dataset first, or both in one run.',
  'other-spelling': 'Move its data to the spelling that the template writes, or correct the template.',
};

function retention({ key, dataset, now }: HoldFacts): Hold | null {
  const short = dataset.inputs.find(
    (input) => input.keeps !== null && oldestRead(dataset, input, key.partition) < now - input.keeps,
  );
  if (short === undefined) return null;
  const message = `it is older than the input ${short.name} keeps, so it cannot be made whole again`;
  return {
    code: 'retention',
    message,
    hint: "Nothing includes it; change the input's 'keeps' if its data is still there.",
  };
}

/** When the oldest unit begins that the partition reads, neighbours of a window included; Infinity without time. */
function oldestRead(dataset: Dataset, input: DatasetInput, partition: PartitionKey): number {
  const first = inputUnits(dataset, input, partition)[0]?.values[dataset.time?.name ?? ''] ?? null;
  if (first === null || input.grain === null) return partition.interval?.start ?? Infinity;
  return intervalOf(input.grain, first, input.timezone).start;
}

function notOurs({ key, dataset, overwriteExternal }: HoldFacts): Hold | null {
  if (overwriteExternal || key.objects.length === 0) return null;
  const notData = foreignNotData(key);
  if (notData !== null) return { code: key.managed ? 'modified-outside' : 'unmanaged', ...notData };
  const hint = takeOverHint('--overwrite-external', dataset.name, key.partition.key);
  if (!key.managed) return { code: 'unmanaged', message: 'its files were not written by lakefill', hint };
  const modified = key.reasons.find(({ code }) => code === 'modified-outside');
  if (modified !== undefined) return { ...modified, hint };
  const { foreign } = compareWithJournal(key);
  if (foreign.size === 0) return null;
  const message = `${count(foreign.size, 'file')} of it not written by lakefill`;
  return { code: 'modified-outside', message, hint };
}

/** Files of others that no footer could be read of: adopting the partition is no way out. */
function foreignNotData(key: ScannedKey): Pick<Hold, 'message' | 'hint'> | null {
  const unreadable = key.reasons.find(({ code }) => code === 'unreadable');
  if (key.status !== 'unreadable' || unreadable === undefined) return null;
  const { foreign } = compareWithJournal(key);
  const names = [...foreign].map((path) => path.slice(key.prefix.length));
  const bad = names.filter((name) => unreadable.message.includes(`${name}: `));
  if (bad.length === 0) return null;
  const message = `not written by lakefill, and no Parquet: ${unreadable.message}`;
  return { message, hint: notDataHint(listed(bad)) };
}

/** `retry` takes what did not end well, and what was undone did. */
const UNDONE =
  'Change the SQL or the input; to try the same again, add --only failed, or --partition with its key.';
const NOT_PUBLISHED =
  'Change the SQL or the input; to try the same again, as after a change of checks or schema.policy: lakefill retry RUN, or add --only failed, or --partition with its key.';

function triedBefore({ key, definition, awaited, tryAgain }: HoldFacts): Hold | null {
  if (tryAgain || awaited.size > 0 || key.inputs === null || !wasTried(key.state)) return null;
  const tried = triedDigest(definition, key.inputs);
  const why = whyNotAgain(key.state, tried);
  if (why === null) return null;
  const isUndone = key.state.undone?.tried === tried;
  return { code: 'tried-before', message: why, hint: isUndone ? UNDONE : NOT_PUBLISHED };
}
