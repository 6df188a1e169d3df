/** Text of an error: what happened, and indented below it what to do; a definition's problems each with its position. */
import type { ErrorDocument } from '../error-document.js';
import { clean, oneLine } from './format.js';
import type { Style } from './style.js';
import { alignRows } from './table.js';

export function renderError(error: ErrorDocument, style: Style): string[] {
  const [first = '', ...rest] = clean(error.message).split('\n');
  const problems = problemsOf(error);
  return [
    `${style.paint.red('error:')} ${first}`,
    // The message repeats the problems for those who see only it.
    ...(problems.length > 0 ? alignRows(problems.map((problem) => problemRow(problem, style))) : rest).map(
      (line) => `  ${line}`.trimEnd(),
    ),
    ...(error.hint === null || error.hint === '' ? [] : indent(error.hint)),
  ];
}

function indent(text: string): string[] {
  return clean(text)
    .split('\n')
    .map((line) => `  ${line}`);
}

interface Problem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly path: string;
  readonly message: string;
}

/** The list that DEFINITION_INVALID carries in its context. */
function problemsOf(error: ErrorDocument): readonly Problem[] {
  return error.code === 'DEFINITION_INVALID' && Array.isArray(error.context['problems'])
    ? (error.context['problems'] as readonly Problem[])
    : [];
}

function problemRow(problem: Problem, style: Style): string[] {
  const position = `${problem.file}:${problem.line}:${problem.column}`;
  return [style.paint.cyan(oneLine(position)), oneLine(problem.path), oneLine(problem.message)];
}
