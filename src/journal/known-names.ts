/**
 * Which files with names of lakefill a journal knows. One that it does not know was published by an entry that is not there:
 * the journal was lost, or is an older copy of itself. Pure.
 *
 * Known at a key: what stands or stood there, may still appear, or is on its way. A number that the key has passed is known as
 * history, whose names are dropped in time; every entry after an older copy used a higher one. A file of an attempt of
 * another key is a copy that somebody made: not lakefill's there, and no sign of a loss.
 */
import { readPublishedName } from '../core/published-name.js';
import type { JournalState, KeyState } from './entry.js';

export class KnownNames {
  private attempts: Set<string> | null = null;

  constructor(private readonly state: JournalState) {}

  /** Those of the names (relative to the key's prefix) that only lakefill makes and that no entry accounts for. */
  strangers(key: string, names: readonly string[]): string[] {
    const state = this.state.keys.get(key);
    const known = new Set(state ? namesOf(state) : []);
    return names.filter((name) => {
      const read = readPublishedName(name);
      if (read === null || known.has(name) || read.generation <= (state?.highest ?? 0)) return false;
      return !(this.attempts ??= attemptsOf(this.state)).has(read.attempt);
    });
  }
}

function namesOf(state: KeyState): string[] {
  const { files, foreign, revoked, attempt, retained } = state;
  return [
    ...files.map(({ name }) => name),
    ...foreign,
    ...revoked,
    ...(attempt?.add ?? []).map(({ path }) => path.slice(path.lastIndexOf('/') + 1)),
    ...(attempt?.remove ?? []).map(({ name }) => name),
    ...retained.flatMap((kept) => kept.files.map(({ name }) => name)),
  ];
}

function attemptsOf({ keys }: JournalState): Set<string> {
  const attempts = new Set<string>();
  for (const state of keys.values()) {
    for (const name of namesOf(state)) {
      const read = readPublishedName(name);
      if (read !== null) attempts.add(read.attempt);
    }
  }
  return attempts;
}
