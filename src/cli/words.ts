/** The words of a command, written back from its flags: for the next command that a document suggests. */
import type { ExecutionFlags, OutputFlags, SelectionFlags } from './options.js';

/** Flags that the next command should repeat, in the order of the help. */
const REPEATED = [
  ['from', '--from'],
  ['to', '--to'],
  ['partition', '--partition'],
  ['exclude', '--exclude'],
  ['tag', '--tag'],
  ['only', '--only'],
  ['withDownstream', '--with-downstream'],
  ['shard', '--shard'],
  ['concurrency', '--concurrency'],
  ['batch', '--batch'],
  ['order', '--order'],
  ['canary', '--canary'],
  ['maxFailures', '--max-failures'],
  ['stageOnly', '--stage-only'],
  ['together', '--together'],
  ['reason', '--reason'],
  ['accept', '--accept'],
  ['limit', '--limit'],
  ['maxBytes', '--max-bytes'],
  ['overwriteExternal', '--overwrite-external'],
] as const satisfies readonly (readonly [keyof (SelectionFlags & ExecutionFlags), string])[];

/** ` sales --from 2025-01-01`; empty when nothing was given. */
export function wordsOf(
  datasets: readonly string[],
  flags: SelectionFlags & ExecutionFlags & Partial<OutputFlags>,
): string {
  const list = REPEATED.flatMap(([name, flag]): string[] => {
    const value = flags[name];
    if (value === undefined || value === false) return [];
    if (value === true) return [flag];
    if (name === 'only') return [flag, (value as readonly string[]).join(',')];
    return (Array.isArray(value) ? value : [value]).flatMap((item) => [flag, String(item)]);
  });
  return [...datasets, ...list].map((word) => ` ${quoteWord(word)}`).join('') + projectWordsOf(flags);
}

export function projectWordsOf(flags: Partial<OutputFlags>): string {
  return flags.project === undefined ? '' : ` --project ${quoteWord(flags.project)}`;
}

/** A word as a shell takes it. */
export function quoteWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
