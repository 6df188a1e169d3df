/** What a renderer knows beside the document: how to draw, how much to say, and the words of the command to repeat. */
import type { HistoryDocument } from '../../index.js';
import { oneLine } from './format.js';
import { type Style, wrap } from './style.js';

export interface View {
  readonly style: Style;
  /** `-v`: every key on its own line. */
  readonly verbose: boolean;
  /** `--quiet`: the shortest answer, no hints. */
  readonly quiet: boolean;
  /** Datasets and selection flags as typed, to be appended to the next command; starts with a space or is empty. */
  readonly words: string;
  /** ` --project DIR` where it was given, for commands that take no selection; else empty. */
  readonly projectWords: string;
}

/** Ranges shown per dataset before `-v` is needed. */
export const MOST_RANGES = 40;

export function nextCommand(view: View, command: string): string {
  return `${view.style.paint.dim('next:')} ${command}`;
}

/** Datasets whose history is not all there. */
export function renderNotes(notes: HistoryDocument['notes'], view: View): string[] {
  return (notes ?? []).map(({ message }) => `${view.style.paint.red('WARNING')}  ${oneLine(message)}`);
}

/** What readers can rely on, as an indented paragraph. */
export function renderGuarantee(dataset: string, guarantee: string, view: View): string[] {
  const head = dataset === '' ? 'readers:' : `readers of ${dataset}:`;
  return wrap(oneLine(`${head} ${guarantee}`), Math.max(40, view.style.width - 2)).map(
    (line) => `  ${view.style.paint.dim(line)}`,
  );
}
