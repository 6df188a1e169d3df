/**
 * The invariants of docs/publication.md as predicates over raw objects. Files carry in their bytes which generation
 * they are a part of, so that a mixture is seen without asking the journal. Violations are sentences; none: [].
 */
import { dataFiles, digest, tell } from './independent-reader.js';
import type { Objects, Told } from './independent-reader.js';

/** Bytes of part `part` of `of` of the generation `tag`. All generations have the same size per part. */
export function partBytes(tag: string, part: number, of: number): Uint8Array {
  return Buffer.from(`generation ${tag.padEnd(12)} part ${part} of ${of}\n`);
}

export function foreignBytes(text: string): Uint8Array {
  return Buffer.from(`foreign ${text}\n`);
}

interface Part {
  readonly tag: string;
  readonly part: number;
  readonly of: number;
}

/** Null for bytes that are not ours. */
export function parsePart(bytes: Uint8Array): Part | null {
  const match = /^generation (\S+) +part (\d+) of (\d+)\n$/.exec(Buffer.from(bytes).toString());
  return match ? { tag: match[1]!, part: Number(match[2]), of: Number(match[3]) } : null;
}

/** Tags of the generations of which every part is among the files. */
export function wholeTags(files: Iterable<Uint8Array>): Set<string> {
  const seen = new Map<string, { parts: Set<number>; of: number }>();
  for (const bytes of files) {
    const part = parsePart(bytes);
    if (!part) continue;
    const one = seen.get(part.tag) ?? { parts: new Set(), of: part.of };
    one.parts.add(part.part);
    seen.set(part.tag, one);
  }
  return new Set([...seen].filter(([, { parts, of }]) => parts.size === of).map(([tag]) => tag));
}

/** No files at all: absent, or produced empty. */
export const NOTHING = '-';

export interface Expected {
  /** Prefix of the dataset's root and of its control objects. */
  readonly root: string;
  readonly control: string;
  /** Generations that each key may have now; NOTHING among them when it may be empty. */
  readonly may: ReadonlyMap<string, readonly string[]>;
  /** Foreign files by path that nobody may touch. */
  readonly foreign?: ReadonlyMap<string, Uint8Array>;
}

/** At every instant: readers of each key reach one whole generation, and nothing that was never published. */
export function instantViolations(objects: Objects, expected: Expected): string[] {
  const violations: string[] = [];
  for (const [key, may] of expected.may) {
    const files = dataFiles(objects, `${expected.root}${key}/`);
    const whole = wholeTags(files.values());
    if (!may.includes(NOTHING) && !may.some((tag) => whole.has(tag)))
      violations.push(`${key}: no whole generation of ${may.join(', ')} among ${describe(files)}`);
    for (const [name, bytes] of files) {
      const part = parsePart(bytes);
      if (part && !may.includes(part.tag)) violations.push(`${key}: ${name} is of generation ${part.tag}`);
    }
  }
  return [...violations, ...foreignViolations(objects, expected)];
}

/** Every visible object of ours is named by an entry that is there already. */
export function namedFirstViolations(objects: Objects, expected: Expected): string[] {
  const journal = [...objects]
    .filter(([name]) => name.startsWith(`${expected.control}journal/`))
    .map(([, bytes]) => bytes.toString());
  const violations: string[] = [];
  for (const key of expected.may.keys()) {
    for (const name of dataFiles(objects, `${expected.root}${key}/`).keys()) {
      if (/part-g\d{10}-/.test(name) && !journal.some((entry) => entry.includes(name)))
        violations.push(`${key}: ${name} is visible and no entry names it`);
    }
  }
  return violations;
}

/** When nobody works: every key is stable, readers find exactly one generation, and it is the one that the journal names. */
export function settledViolations(objects: Objects, expected: Expected): string[] {
  const violations = instantViolations(objects, expected);
  const told = tell(objects, expected.control);
  for (const [key, state] of told.keys) {
    if (state.phase !== 'stable') violations.push(`${key}: the journal says ${state.phase}`);
    const files = dataFiles(objects, `${expected.root}${key}/`);
    const parts = [...files.values()].flatMap((bytes) => parsePart(bytes) ?? []);
    const tags = new Set(parts.map((part) => part.tag));
    if (tags.size > 1) violations.push(`${key}: mixed generations: ${describe(files)}`);
    const distinct = new Set(parts.map((part) => part.part));
    if (distinct.size !== parts.length)
      violations.push(`${key}: a part stands there twice: ${describe(files)}`);
    // What another program replaced or removed under a name of ours is its doing.
    const harmed = state.files.some((file) => expected.foreign?.has(`${expected.root}${key}/${file.name}`));
    if (!harmed && parts.length > 0 && distinct.size !== parts[0]!.of)
      violations.push(`${key}: parts are missing: ${describe(files)}`);
    if (parts.length === 0 && !expected.may.get(key)?.includes(NOTHING))
      violations.push(`${key}: nothing is there`);
    const untouched = state.files.filter(
      (file) => !expected.foreign?.has(`${expected.root}${key}/${file.name}`),
    );
    violations.push(...comparedWithJournal(key, untouched, files));
  }
  return [...violations, ...keptViolations(objects, told, expected)];
}

function comparedWithJournal(
  key: string,
  named: readonly { name: string; size: number; sha256: string | null }[],
  files: ReadonlyMap<string, Uint8Array>,
): string[] {
  const violations: string[] = [];
  for (const { name, size, sha256 } of named) {
    const there = files.get(name);
    if (!there) violations.push(`${key}: the journal names ${name}, which is not there`);
    else if (there.length !== size || (sha256 !== null && digest(there) !== sha256))
      violations.push(`${key}: ${name} is not what the journal says`);
  }
  const known = new Set(named.map((file) => file.name));
  for (const [name, bytes] of files) {
    if (!known.has(name) && parsePart(bytes))
      violations.push(`${key}: ${name} is there, the journal does not name it`);
  }
  return violations;
}

/** What a rollback may still need is there, unless another program replaced it before it was moved. */
function keptViolations(objects: Objects, told: Told, expected: Expected): string[] {
  return [...told.keys].flatMap(([key, { kept }]) =>
    [...kept.values()].flatMap(({ prefix, names }) =>
      names
        .filter(
          (name) => !objects.has(prefix + name) && !expected.foreign?.has(`${expected.root}${key}/${name}`),
        )
        .map((name) => `${key}: ${name} of a retained generation is gone from ${prefix}`),
    ),
  );
}

function foreignViolations(objects: Objects, expected: Expected): string[] {
  return [...(expected.foreign ?? [])]
    .filter(([path, bytes]) => !objects.get(path)?.equals(bytes))
    .map(([path]) => `${path}, which another program wrote, is gone or changed`);
}

/** Objects under the control prefix that nothing needs any more. Empty after gc. */
export function orphans(objects: Objects, expected: Expected): string[] {
  const told = tell(objects, expected.control);
  const kept = new Set(
    [...told.keys.values()].flatMap(({ kept }) =>
      [...kept.values()].flatMap(({ prefix, names }) => names.map((name) => prefix + name)),
    ),
  );
  const needed = (path: string) =>
    path === `${expected.control}dataset.json` ||
    ['journal/', 'checkpoints/', 'runs/'].some((folder) => path.startsWith(expected.control + folder)) ||
    told.factsObjects.has(path) ||
    kept.has(path);
  return [...objects.keys()].filter((path) => path.startsWith(expected.control) && !needed(path));
}

function describe(files: ReadonlyMap<string, Uint8Array>): string {
  const names = [...files].map(([name, bytes]) => {
    const part = parsePart(bytes);
    return part ? `${part.tag}${part.part}/${part.of}` : `foreign ${name}`;
  });
  return names.length === 0 ? 'nothing' : names.join(' ');
}
