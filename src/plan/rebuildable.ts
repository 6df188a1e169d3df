/**
 * What `adopt --rebuild` does with one key after its journal was lost: the first row that applies. Pure.
 *
 *     condition                                                    result   code
 *     its status is unknown; a live run or an attempt has it       left     as in adoptable.ts
 *     no file of lakefill that the journal does not know           null     (nothing was lost here)
 *     the place does not have the form of the template             left     other-layout
 *     files of two publications                                    left     two-generations: a promotion was cut, and nobody knows where
 *     files of one publication, and one of the first is not there  left     incomplete
 *     otherwise                                                    adopt
 *
 * The generation keeps the number in its names, so that later names sort after them. Of a key that scan calls stale or cannot judge no
 * input version is assumed: it stays what it is.
 */
import type { Fingerprint } from '../core/fingerprint.js';
import { readPublishedName } from '../core/published-name.js';
import type { PublishedName } from '../core/published-name.js';
import type { KnownNames } from '../journal/known-names.js';
import type { ScannedKey } from '../scan/dataset-scan.js';
import type { ObjectInfo } from '../store/object-store.js';
import { assumed, filesOf, left, leftFor, untouchable } from './adoptable.js';
import type { Adoption, Left } from './adoptable.js';

interface Found extends PublishedName {
  readonly name: string;
  readonly object: ObjectInfo;
}

export function rebuildOf(key: ScannedKey, known: KnownNames, definition: Fingerprint): Adoption | null {
  const found = publishedFiles(key);
  const names = found.map(({ name }) => name);
  if (key.status !== 'unknown' && known.strangers(key.partition.key, names).length === 0) return null;
  const groups = byAttempt(found);
  const refusal =
    untouchable(key) ?? otherLayout(key) ?? twoGenerations(key, groups) ?? incomplete(key, groups[0]!);
  if (refusal !== null) return refusal;
  return {
    result: 'adopt',
    fact: {
      fact: 'adopted',
      key: key.partition.key,
      generation: Math.max(found[0]!.generation, (key.state?.highest ?? 0) + 1),
      files: filesOf(
        key,
        found.map(({ object }) => object),
      ),
      record: assumed(key.status === 'fresh' ? (key.inputs ?? []) : [], definition),
      rebuilt: true,
    },
  };
}

function publishedFiles({ objects, prefix }: ScannedKey): Found[] {
  return objects.flatMap((object) => {
    const name = object.path.slice(prefix.length);
    const read = readPublishedName(name);
    return read === null ? [] : [{ ...read, name, object }];
  });
}

/** By generation, the oldest first. */
function byAttempt(found: readonly Found[]): Found[][] {
  const groups = new Map<string, Found[]>();
  for (const file of found) {
    const group = groups.get(file.attempt);
    if (group) group.push(file);
    else groups.set(file.attempt, [file]);
  }
  return [...groups.values()].sort((a, b) => a[0]!.generation - b[0]!.generation);
}

function otherLayout(key: ScannedKey): Left | null {
  if (!key.reasons.some(({ code }) => code === 'other-layout')) return null;
  return leftFor(key, "Restore the definition's template, or move these files out of the target.");
}

function twoGenerations(key: ScannedKey, groups: readonly Found[][]): Left | null {
  if (groups.length < 2) return null;
  const sets = groups.map((files) => `${told(files)}: ${files.map(({ name }) => name).join(', ')}`);
  const newest = groups.at(-1)![0]!.generation;
  return left(
    'two-generations',
    `readers see files of ${groups.length} publications, because one was cut short when the journal was lost. ${sets.join('; ')}`,
    `Choose one: count the rows of each. Move the files of the others out of the target, then run: lakefill adopt --rebuild --partition '${key.partition.key}'. ` +
      `The older one may have lost files already, generation ${newest} may not have all of its files yet. If neither is whole, move all of them out and run the partition again.`,
  );
}

function incomplete(key: ScannedKey, files: readonly Found[]): Left | null {
  const there = new Set(files.map(({ index }) => index));
  const gap = files.findIndex((_, index) => !there.has(index));
  if (gap < 0) return null;
  return left(
    'incomplete',
    `of ${told(files)} file ${String(gap).padStart(5, '0')} is not there: ${files.map(({ name }) => name).join(', ')}`,
    `Put the file back, or move the others out of the target and run the partition again. Then: lakefill adopt --rebuild --partition '${key.partition.key}'.`,
  );
}

function told(files: readonly Found[]): string {
  return `generation ${files[0]!.generation} (${files.length === 1 ? '1 file' : `${files.length} files`})`;
}
