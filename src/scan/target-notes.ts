/** Remarks of a scan on a target as a whole. Pure. */
import { compareFingerprints } from '../core/fingerprint.js';
import type { Fingerprint } from '../core/fingerprint.js';
import type { Dataset } from '../dataset/dataset.js';
import { keyOf } from '../dataset/expected-keys.js';
import type { KeyState, Writer } from '../journal/entry.js';
import type { ObjectStore } from '../store/object-store.js';
import type { Candidate } from './candidates.js';
import type { ContentFindings } from './content-proof.js';
import { whyHidden } from './inventory.js';
import type { KeyFacts } from './key-facts.js';
import { describeLost, lostHint } from './lost-journal.js';
import type { LostJournal } from './lost-journal.js';
import type { TargetView } from './observe-target.js';
import type { Reason } from './status.js';
import { count, places } from './words.js';

/** The journal lies behind what stands there. */
export function lostNotes(dataset: Dataset, lost: LostJournal | null): Reason[] {
  if (lost === null) return [];
  const message = `${describeLost(dataset, lost)} Writing is refused. ${lostHint(dataset)}`;
  return [{ code: 'journal-lost', message }];
}

/** Data objects that are no partition's. */
export function strayNotes(store: ObjectStore, { inventory }: TargetView): Reason[] {
  const { strays } = inventory;
  if (strays.length === 0) return [];
  const message = `${count(strays.length, 'object')} above the partitions, in none of them: ${places(store.url, strays)}`;
  return [{ code: 'stray-objects', message }];
}

/** Places that could not be listed and make no key unknown that was looked at: a link beside the partitions. Strays are told already. */
export function hiddenNotes(
  dataset: Dataset,
  { inventory }: TargetView,
  candidates: readonly Candidate[],
): Reason[] {
  if (inventory.hidden.size === 0) return [];
  const told = new Set(candidates.map(({ partition }) => whyHidden(inventory, partition.key)));
  const { path: root } = dataset.layout.root;
  for (const { path } of inventory.strays) told.add(inventory.hidden.get(path.slice(root.length)) ?? null);
  return [...inventory.hidden]
    .filter(([place, reason]) => !told.has(reason) && keyOf(dataset, place) === null)
    .map(([, { message }]) => ({ code: 'not-listed', message }));
}

/** Files that have another version than the recorded one and its bytes: copied, restored or touched. */
export function copyNotes(
  keys: readonly Pick<KeyFacts, 'objects' | 'state' | 'prefix'>[],
  { content }: ContentFindings,
): Reason[] {
  let copies = 0;
  for (const { objects, state, prefix } of keys) {
    const etags = new Map(state?.files.map((file) => [prefix + file.name, file.etag]));
    for (const { path, etag } of objects)
      if (content.get(path) === 'recorded' && etags.get(path) !== etag) copies++;
  }
  if (copies === 0) return [];
  const message = `${count(copies, 'file')} copied, restored or touched since publication; the bytes are the published ones (SHA-256). 'lakefill recover' records them, so that they are not read again`;
  return [{ code: 'copied', message }];
}

/**
 * What another dataset's definition recorded at keys of this one: two projects that share a target would replace each other's output for
 * ever. A dataset that was only renamed has the definition of before, and nothing is said.
 */
export function writerNotes(
  { name }: Dataset,
  states: Iterable<KeyState | null>,
  definition: Fingerprint,
): Reason[] {
  const others: Writer[] = [];
  for (const state of states) {
    if (!state?.writer || !state.record || state.writer.dataset === name) continue;
    if (compareFingerprints(definition, state.record.definition) === 'different') others.push(state.writer);
  }
  if (others.length === 0) return [];
  // Ids begin with the time of their run.
  const { dataset, run } = others.reduce((newest, one) => (one.run > newest.run ? one : newest));
  const message = `${count(others.length, 'partition')} last written by dataset ${dataset} (run ${run}), of another name and definition: if two projects share this target, one of them is wrong`;
  return [{ code: 'other-dataset', message }];
}
