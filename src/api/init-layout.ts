/** From folder names to a layout: which levels are time (init-time.ts), which are values. Pure. */
import { decodeHiveValue } from '../core/hive.js';
import { type Level, plainName, type ProposedTime, readTime } from './init-time.js';

export interface ProposedLayout {
  /** Below the root, such as `dt={dt}/region={region}/`; empty when nothing partitions. */
  readonly template: string;
  readonly time: ProposedTime | null;
  readonly values: readonly { readonly name: string; readonly values: readonly string[] }[];
  /** Columns that `col=` names give. */
  readonly pathColumns: readonly string[];
  /** What the names do not say for certain. */
  readonly unsure: readonly string[];
}

export interface Names {
  readonly levels: readonly (readonly string[])[];
  readonly first: readonly string[];
  readonly last: readonly string[];
}

export function proposeLayout(names: Names): ProposedLayout {
  const levels = names.levels.map((level, i) => readLevel(level, names.first[i], names.last[i]));
  const unsure: string[] = [];
  const segments: string[] = [];
  const values: { name: string; values: readonly string[] }[] = [];
  let time: ProposedTime | null = null;
  for (const level of levels) {
    const found = readTime(level, time);
    let variable: string;
    if (found === null) {
      const name = freeName(level.column ?? `part${segments.length + 1}`, values);
      values.push({ name, values: decoded(level) });
      variable = name;
    } else {
      time = found.time;
      variable = found.pattern === null ? time.name : `${time.name}:${found.pattern}`;
      if (!found.certain) unsure.push(`zeros: no one-digit ${time.grain} was seen, two digits were assumed`);
    }
    if (level.hasNull) unsure.push(`${level.column}: its NULL partition was left out`);
    segments.push(`${level.column === null ? '' : `${level.column}=`}{${variable}}/`);
  }
  if (values.length > 0 && levels.length > 1)
    unsure.push('values: below the first level only the first and the last folder were looked into');
  return {
    template: segments.join(''),
    time,
    values,
    pathColumns: levels.flatMap((level) => (level.column === null ? [] : [level.column])),
    unsure,
  };
}

function readLevel(
  names: readonly string[],
  first = names[0] as string,
  last = names.at(-1) as string,
): Level {
  const column = /^([^=]+)=/.exec(last)?.[1] ?? null;
  const valueOf = (name: string) => (column === null ? name : name.slice(column.length + 1));
  const own = names.filter((name) => column === null || name.startsWith(`${column}=`));
  const values = own.map(valueOf).filter((text) => column === null || decodeHiveValue(text) !== null);
  const hasNull = values.length < own.length;
  return { column, values, hasNull, first: valueOf(first), last: valueOf(last) };
}

/** Values as people write them; those of `col=` folders are escaped in the path. */
function decoded({ column, values }: Level): string[] {
  return values.map((text) => (column === null ? text : (decodeHiveValue(text) ?? text)));
}

function freeName(wanted: string, taken: readonly { readonly name: string }[]): string {
  const name = plainName(wanted);
  return name === 'dt' || taken.some((other) => other.name === name) ? `${name}_${taken.length + 1}` : name;
}
