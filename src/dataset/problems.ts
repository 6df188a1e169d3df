/**
 * Problems of definitions: collected over all files, reported once.
 *
 * A problem says where (file, line, column, path), what, what was given, what is allowed and the nearest known word.
 * Nothing here decides what a problem is.
 */
import { LakefillError } from '../core/errors.js';

export interface Problem {
  /** Relative to the project folder, with `/`. */
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** 1-based, in UTF-16 units. */
  readonly column: number;
  /** `checks[1].rowCount.min`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
  /** The value as written (variables not expanded); null where there is none to show. */
  readonly value: string | null;
  readonly allowed: readonly string[] | null;
  readonly nearest: string | null;
}

/** Gathers problems; equal ones (one default that many datasets inherit) count once. */
export class Problems {
  readonly #found = new Map<string, Problem>();

  add(problem: Problem): void {
    const { file, line, column, message } = problem;
    const id = JSON.stringify([file, line, column, message]);
    if (!this.#found.has(id)) this.#found.set(id, problem);
  }

  get count(): number {
    return this.#found.size;
  }

  /** By file, line and column. */
  list(): Problem[] {
    return [...this.#found.values()].sort(
      (a, b) => compareText(a.file, b.file) || a.line - b.line || a.column - b.column,
    );
  }

  /** Throws one DEFINITION_INVALID that names every problem; returns when there is none. */
  throwIfAny(projectDir: string): void {
    if (this.count === 0) return;
    const problems = this.list();
    const files = new Set(problems.map((p) => p.file)).size;
    const count = `${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}`;
    const where = files === 1 ? '' : ` in ${files} files`;
    throw new LakefillError(
      'DEFINITION_INVALID',
      `The definitions of ${projectDir} have ${count}${where}; nothing was read or changed.\n${problems.map(line).join('\n')}`,
      {
        hint: 'Correct the definitions; `lakefill schema` prints their JSON Schema for editors.',
        context: { dir: projectDir, problems },
      },
    );
  }
}

function line(problem: Problem): string {
  const place = `  ${problem.file}:${problem.line}:${problem.column}`;
  return [place, ...(problem.path === '' ? [] : [problem.path]), problem.message].join('  ');
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
