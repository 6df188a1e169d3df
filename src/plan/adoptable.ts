/**
 * What `adopt` does with one key of the selection: the first row that applies. Pure.
 *
 *     condition                                                   result    code
 *     its status is unknown                                       left      the status' reason
 *     a live run works on it                                      left      in-flight
 *     an attempt was left in the middle                           left      interrupted
 *     pending, unexpected, unreadable, a file too short           left      the status' reason, unreadable
 *     the journal names exactly what stands there                 managed
 *     nothing stands there                                        left      the status' reason (absent, input-missing, ...)
 *     modified-outside, or stale and not managed: unless named    left      the status' reason
 *     an input's version is not known, or is about to change      left      input-unknown, input-in-flight
 *     otherwise                                                   adopt
 *
 * The journal decides again when the fact is recorded.
 */
import { HELD } from './choose.js';
import type { Fingerprint } from '../core/fingerprint.js';
import type { AdoptedFact, JournalFile } from '../journal/entry.js';
import type { ScannedKey } from '../scan/dataset-scan.js';
import { SHORTEST_PARQUET } from '../source/input-facts.js';
import type { ObjectInfo } from '../store/object-store.js';

/** A key that is left alone: why, and what would change that. */
export interface Left {
  readonly result: 'left';
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}

export type Adoption =
  | { readonly result: 'adopt'; readonly fact: Omit<AdoptedFact, 'attempt'> }
  | { readonly result: 'managed' }
  | Left;

/** `named`: `--partition` names the key. */
export function adoptionOf(
  key: ScannedKey,
  named: boolean,
  { name, definition }: { readonly name: string; readonly definition: Fingerprint },
): Adoption {
  return (
    untouchable(key) ??
    notToBeTaken(key, name) ??
    (isNamedByJournal(key) ? { result: 'managed' } : null) ??
    notThere(key) ??
    notUnasked(key, named, name) ??
    inputsNotSettled(key) ?? { result: 'adopt', fact: factOf(key, definition) }
  );
}

/** What neither adoption nor a rebuild of the journal may touch now. */
export function untouchable(key: ScannedKey): Left | null {
  const { status, reasons, liveRun, state } = key;
  if (status === 'unknown') return leftFor(key, key.reasons[0]?.hint ?? 'Clear the cause and try again.');
  if (liveRun !== null)
    return left('in-flight', `run ${liveRun} works on it`, 'Wait for that run, then adopt again.');
  const interrupted = reasons.find(({ code }) => code === 'interrupted');
  if (interrupted !== undefined || (state !== null && state.phase !== 'stable'))
    return left(
      'interrupted',
      interrupted?.message ?? `it is ${state?.phase}`,
      "Run 'lakefill recover' first.",
    );
  return null;
}

function notToBeTaken(key: ScannedKey, dataset: string): Left | null {
  if (key.status === 'pending')
    return leftFor(key, key.objects.length === 0 ? null : 'Adopt it once it is due and settled.');
  if (key.status === 'unexpected')
    return leftFor(key, "Change the definition's 'start', 'end', 'exclude' or 'values' if it belongs here.");
  const anew = runAnew(key, dataset);
  if (key.status === 'unreadable')
    return leftFor(key, `Remove, move or replace the file; or make the partition anew: ${anew}.`);
  const short = key.objects.find(({ size }) => size < SHORTEST_PARQUET);
  if (short === undefined) return null;
  const name = short.path.slice(key.prefix.length);
  return left('unreadable', `${name} is too short to be Parquet`, 'Replace or remove the file.');
}

function isNamedByJournal({ managed, status, reasons }: ScannedKey): boolean {
  return managed && status !== 'missing' && !reasons.some(({ code }) => code === 'modified-outside');
}

function notThere(key: ScannedKey): Left | null {
  return key.objects.length === 0 ? leftFor(key, null) : null;
}

function notUnasked(key: ScannedKey, named: boolean, dataset: string): Left | null {
  if (named || key.status === 'fresh') return null;
  const { key: name } = key.partition;
  return leftFor(
    key,
    `To take it over as it stands, name it: \`lakefill adopt ${dataset} --partition '${name}'\`. To make it anew: ${runAnew(key, dataset)}.`,
  );
}

function runAnew({ partition, reasons }: ScannedKey, dataset: string): string {
  const only = reasons.some(({ code }) => HELD.has(code)) ? ' --only stale' : '';
  return `\`lakefill run ${dataset} --partition '${partition.key}'${only} --overwrite-external\``;
}

function inputsNotSettled({ inputs, inputStates }: ScannedKey): Left | null {
  const unsteady = inputStates.find((input) => input.unsteady !== null);
  if (unsteady !== undefined)
    return left(
      'input-in-flight',
      `${unsteady.name}: ${unsteady.unsteady}`,
      'Adopt it once that is settled.',
    );
  if (inputs !== null) return null;
  const failed = inputStates.find((input) => input.failure !== null);
  return left(
    'input-unknown',
    `${failed?.name ?? 'an input'}: ${failed?.failure ?? 'its versions are not known'}`,
    'Clear the cause and adopt again.',
  );
}

/** Today's versions and definition, which may or may not be those that the files were made from. What was not read is null. */
function factOf(key: ScannedKey, definition: Fingerprint): Omit<AdoptedFact, 'attempt'> {
  return {
    fact: 'adopted',
    key: key.partition.key,
    generation: (key.state?.highest ?? 0) + 1,
    files: filesOf(key, key.objects),
    record: assumed(key.inputs ?? [], definition),
  };
}

export function filesOf(
  { prefix }: Pick<ScannedKey, 'prefix'>,
  objects: readonly ObjectInfo[],
): JournalFile[] {
  return objects.map(({ path, size, etag }) => ({
    name: path.slice(prefix.length),
    size,
    etag,
    sha256: null,
  }));
}

export function assumed(
  inputs: AdoptedFact['record']['inputs'],
  definition: Fingerprint,
): AdoptedFact['record'] {
  return { inputs, definition, rows: null, schema: null, contentHash: null, assumed: true };
}

export function left(code: string, message: string, hint: string | null): Left {
  return { result: 'left', code, message, hint };
}

/** With the first reason of its status. */
export function leftFor({ status, reasons }: ScannedKey, hint: string | null): Left {
  const [reason] = reasons;
  return left(reason?.code ?? status, reason?.message ?? `it is ${status}`, hint);
}
