/** What is wrong with a YAML text as YAML, in words that say what to write instead. */
import type { LineCounter, YAMLError } from 'yaml';
import type { SourceProblem } from './source.js';

/** After one of these the parser has lost its place: what it reports further on is noise. */
const LOST = new Set(['UNEXPECTED_TOKEN', 'BAD_INDENT', 'MISSING_CHAR', 'BLOCK_AS_IMPLICIT_KEY']);
/** The parser recurses: deeper texts would exhaust the stack before any limit on values is reached. */
const DEEPEST_BRACKETS = 100;
const COMPACT_LISTS = /^\s*(?:[-?][ \t]+){40}/m;

/** A text whose nesting the parser must not be given, as a problem; null for any other. */
export function unsafeNesting(text: string): SourceProblem | null {
  const message = 'the file is nested too deeply';
  if (COMPACT_LISTS.test(text)) return { line: 1, column: 1, path: [], message, written: null };
  let depth = 0;
  for (let i = 0; i < text.length; i += 1) {
    const c = text.charCodeAt(i);
    if (c === 0x5b || c === 0x7b) depth += 1;
    else if ((c === 0x5d || c === 0x7d) && depth > 0) depth -= 1;
    if (depth > DEEPEST_BRACKETS) {
      const line = text.slice(0, i).split('\n').length;
      return { line, column: i - text.lastIndexOf('\n', i - 1), path: [], message, written: null };
    }
  }
  return null;
}

/** The parser's errors up to the first after which it guesses. */
export function syntaxProblems(
  text: string,
  errors: readonly YAMLError[],
  lines: LineCounter,
): SourceProblem[] {
  const ordered = [...errors].sort((a, b) => a.pos[0] - b.pos[0]);
  const lost = ordered.findIndex((error) => LOST.has(error.code));
  return ordered.slice(0, lost < 0 ? undefined : lost + 1).map((error) => {
    const { offset, message } = explain(text, error);
    const { line, col } = lines.linePos(offset);
    return { line, column: col, path: [], message, written: null };
  });
}

function explain(text: string, error: YAMLError): { offset: number; message: string } {
  const offset = error.pos[0];
  const unquoted = unquotedTemplate(text, offset);
  if (error.code === 'UNEXPECTED_TOKEN' && unquoted !== null) {
    const { start, template } = unquoted;
    const remedy = template.includes('${')
      ? 'write the mapping on lines of its own instead of inside { }'
      : `quote it ('${template}')`;
    const message = `'${template}' has braces of its own; ${remedy}`;
    return { offset: start, message };
  }
  if (error.code === 'TAB_AS_INDENT') return { offset, message: 'a tab indents this line; use spaces' };
  if (error.code === 'MULTIPLE_DOCS')
    return { offset, message: 'a second document (---) begins; keep one per file' };
  if (error.code === 'BAD_SCALAR_START') return { offset, message: `${plain(error.message)}; quote it` };
  return { offset, message: `not valid YAML: ${plain(error.message)}` };
}

/** The word around the offset, if it looks like a template that YAML took for a mapping. */
function unquotedTemplate(text: string, offset: number): { start: number; template: string } | null {
  const wordEnd = /[\s,]|$/g;
  wordEnd.lastIndex = offset;
  const end = wordEnd.exec(text)?.index ?? text.length;
  const start = Math.max(...[' ', '\n', '\t'].map((c) => text.lastIndexOf(c, offset - 1))) + 1;
  const template = text.slice(start, end);
  return /\{[A-Za-z_]\w*(?::[^{}]*)?\}/.test(template) && !/^['"]/.test(template)
    ? { start, template }
    : null;
}

function plain(message: string): string {
  const first = message.split('\n')[0] ?? message;
  return first.charAt(0).toLowerCase() + first.slice(1);
}
