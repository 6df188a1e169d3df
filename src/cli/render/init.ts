/** Text of a new project: the files that were written, and what to type next. */
import type { InitDocument } from '../../index.js';
import { quoteWord } from '../words.js';
import { oneLine, oneName } from './format.js';
import { nextCommand, type View } from './view.js';

/** `dir` as typed: the next command repeats it. */
export function renderInit(document: InitDocument, dir: string, view: View): string[] {
  const files = document.files.map(
    (file) => `${file.action === 'created' ? 'wrote' : 'added to'} ${oneName(file.path)}`,
  );
  const notes = document.notes.map((note) => `${view.style.paint.yellow('note')} ${oneLine(note)}`);
  if (view.quiet) return [...files, ...notes];
  const project = dir === '.' ? '' : ` --project ${quoteWord(dir)}`;
  return [...files, ...notes, nextCommand(view, `lakefill scan${project}`)];
}
