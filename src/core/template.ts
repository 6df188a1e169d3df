/**
 * The syntax of templates: literal text, `{variable}`, `{variable:pattern}` and, in inputs, globs.
 *
 * Splits a template into its root (literal) and the segments after it. What variables mean, and whether the template
 * tells keys apart, is segment.ts.
 */
import { LakefillError } from './errors.js';

export type TemplatePart =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'variable'; readonly name: string; readonly pattern: string | null }
  | { readonly kind: 'glob'; readonly glob: '*' | '?' | '**' };

export interface Template {
  /** As written. */
  readonly text: string;
  /** The literal text up to the last `/` before the first variable or glob. */
  readonly root: string;
  /** What stands between the `/` after the root; none is empty. */
  readonly segments: readonly (readonly TemplatePart[])[];
  /** True when it ends in `/`. */
  readonly isPrefix: boolean;
}

export function invalidTemplate(template: string, what: string, hint: string): LakefillError {
  return new LakefillError('DEFINITION_INVALID', `The template '${template}' ${what}.`, {
    hint,
    context: { template },
  });
}

/** Reads a template. DEFINITION_INVALID: unbalanced braces, a wrong variable name, globs where none may be, an empty segment, no literal root. */
export function readTemplate(text: string, options: { readonly globs: boolean }): Template {
  const parts = readParts(text, options.globs);
  const literal = parts[0]?.kind === 'literal' ? parts[0].text : '';
  const root = literal.slice(0, literal.lastIndexOf('/') + 1);
  if (root === '') {
    throw invalidTemplate(
      text,
      'has no folder before its first variable',
      'Begin it with s3://bucket/, / or ./.',
    );
  }
  if (/^[a-z][a-z0-9+.-]*:\/*$/i.test(root) && parts.length > 1) {
    throw invalidTemplate(text, 'has a variable or a glob before the first folder', 'Write the bucket out.');
  }
  const rest = [{ kind: 'literal' as const, text: literal.slice(root.length) }, ...parts.slice(1)];
  const segments = splitSegments(rest);
  const isPrefix = segments.at(-1)!.length === 0;
  if (isPrefix) segments.pop();
  if (segments.some((segment) => segment.length === 0)) {
    throw invalidTemplate(text, "has an empty segment ('//')", 'Remove the doubled slash.');
  }
  checkSegments(text, segments);
  return { text, root, segments, isPrefix };
}

const LEXEME = /\{([A-Za-z_]\w*)(?::((?:'[^']*'|[^'{}])*))?\}|\*+|[?{}[\]]|[^{}*?[\]]+/gu;

function readParts(template: string, globs: boolean): TemplatePart[] {
  const parts: TemplatePart[] = [];
  for (const [lexeme, name, pattern] of template.matchAll(LEXEME)) {
    if (name !== undefined) parts.push({ kind: 'variable', name, pattern: pattern ?? null });
    else if (lexeme === '{' || lexeme === '}') throw braceError(template, lexeme);
    else if (/^[*?]/.test(lexeme)) parts.push(readGlob(template, lexeme, globs));
    else if (globs && /^[[\]]$/.test(lexeme)) {
      throw invalidTemplate(
        template,
        `has '${lexeme}', and sets of characters are not supported`,
        "Write '?' or '*' instead.",
      );
    } else addLiteral(parts, lexeme);
  }
  return parts;
}

function addLiteral(parts: TemplatePart[], text: string): void {
  const last = parts.at(-1);
  if (last?.kind === 'literal') parts[parts.length - 1] = { kind: 'literal', text: last.text + text };
  else parts.push({ kind: 'literal', text });
}

function readGlob(template: string, lexeme: string, globs: boolean): TemplatePart {
  if (!globs) {
    throw invalidTemplate(
      template,
      `has '${lexeme}', but a target has no globs`,
      'Name the folders with variables, such as {dt}.',
    );
  }
  if (lexeme === '*' || lexeme === '?' || lexeme === '**') return { kind: 'glob', glob: lexeme };
  throw invalidTemplate(template, `has '${lexeme}'`, "Write '*' within a folder or '**' for any folders.");
}

function braceError(template: string, brace: string): LakefillError {
  const open = /\{[^}]*$/.test(template) || /\{[^}]*\{/.test(template);
  if (brace === '{' && !open) {
    const [, inside] = /\{((?![A-Za-z_]\w*(?::(?:'[^']*'|[^'{}])*)?\})[^}]*)\}/u.exec(template) ?? [];
    return invalidTemplate(
      template,
      `has '{${inside ?? ''}}', which is neither {variable} nor {variable:pattern}`,
      'Write a name of letters, digits and _, and close quotes within a pattern.',
    );
  }
  const what = brace === '{' ? "has a '{' without '}'" : "has a '}' without '{'";
  return invalidTemplate(template, what, 'Write variables as {name} or {name:pattern}.');
}

function splitSegments(parts: readonly TemplatePart[]): TemplatePart[][] {
  const segments: TemplatePart[][] = [[]];
  for (const part of parts) {
    if (part.kind !== 'literal') {
      segments.at(-1)!.push(part);
      continue;
    }
    part.text.split('/').forEach((text, i) => {
      if (i > 0) segments.push([]);
      if (text !== '') segments.at(-1)!.push({ kind: 'literal', text });
    });
  }
  return segments;
}

function checkSegments(template: string, segments: readonly (readonly TemplatePart[])[]): void {
  for (const segment of segments) {
    if (segment.length > 1 && segment.some((part) => part.kind === 'glob' && part.glob === '**')) {
      throw invalidTemplate(
        template,
        "has '**' beside other text in one folder",
        "Let '**' stand alone between slashes.",
      );
    }
    const text = segment[0]?.kind === 'literal' ? segment[0].text : '';
    if (segment.length === 1 && (text === '.' || text === '..')) {
      throw invalidTemplate(template, `has '${text}' after a variable`, 'Write the path without it.');
    }
    if (text.startsWith('.') || (text.startsWith('_') && !text.includes('='))) {
      throw invalidTemplate(
        template,
        `has '${text}', and readers skip names that begin with '_' or '.'`,
        'Choose another name, or move it before the first variable.',
      );
    }
  }
}
