/** `transform` resolved: the SQL from a file or inline, and whether it keeps to its partition. */
import path from 'node:path';
import type { Dataset, DatasetInput } from '../dataset.js';
import { readText } from '../project-files.js';
import type { Reporter } from '../reporter.js';
import type { SqlToken } from '../sql-text.js';
import { sqlTokens } from '../sql-text.js';
import type { ResolvedPartition } from './partition.js';

type Transform = NonNullable<Dataset['transform']>;

export interface TransformPlace {
  /** Absolute path of the definition. */
  readonly file: string;
  /** Absolute folder of the project. */
  readonly projectDir: string;
}

/** The SQL; null when the only input passes through; undefined after a problem was reported. */
export async function readTransform(
  definition: string | undefined,
  place: TransformPlace,
  reporter: Reporter,
): Promise<Transform | null | undefined> {
  if (definition === undefined) return readFile(place.file.replace(/\.yaml$/, '.sql'), false, reporter);
  if (/^\S+\.sql$/i.test(definition)) {
    return readFile(path.resolve(path.dirname(place.file), definition), true, reporter);
  }
  if (!/\s/.test(definition)) {
    reporter.at(['transform'], `'${definition}' is neither a file whose name ends in .sql nor a SELECT`);
    return undefined;
  }
  const start = reporter.textStart(['transform']);
  return { sql: definition, file: path.resolve(place.projectDir, start.file), line: start.line };
}

async function readFile(
  file: string,
  required: boolean,
  reporter: Reporter,
): Promise<Transform | null | undefined> {
  const content = await readText(file);
  if (content === null && !required) return null;
  if (content === null)
    reporter.at(['transform'], `the file ${file} does not exist; create it, or correct the name`);
  else if ('refused' in content) reporter.at(['transform'], `${path.basename(file)}: ${content.refused}`);
  else if (sqlTokens(content.text).length === 0)
    reporter.at(['transform'], `${path.basename(file)} holds no SQL`);
  else return { sql: content.text, file, line: 1 };
  return undefined;
}

/** Parameters that exist, each use of another, and whether anything limits the output to one partition. */
export function checkTransform(
  transform: Transform | null,
  partition: ResolvedPartition,
  inputs: readonly DatasetInput[],
  inlineIn: TransformPlace,
  reporter: Reporter,
): void {
  if (transform === null && inputs.length !== 1) {
    const message = `without SQL the output is the only input's columns, but there are ${inputs.length} inputs; write ${path.basename(inlineIn.file, '.yaml')}.sql`;
    return reporter.at(['inputs'], message, { atKey: true });
  }
  const known = parameterNames(partition);
  const used = transform === null ? [] : sqlTokens(transform.sql).filter(({ kind }) => kind === 'parameter');
  const unknown = used.filter((token) => !known.includes(nameOf(token).toLowerCase()));
  if (transform !== null)
    unknown.forEach((token) => reportUnknown(token, transform, known, inlineIn, reporter));
  const partitioned = partition.time !== null || partition.values.length > 0;
  const limited = used.length > 0 || inputs.some((input) => input.template.variables.length > 0);
  if (!partitioned || limited) return;
  const remedy = `use ${known.map((name) => `$${name}`).join(', ')} in the SQL, or a variable in the template of an input`;
  reporter.at(
    ['transform'],
    `nothing limits the output to its partition: every partition would hold all rows; ${remedy}`,
  );
}

/** In lower case: the engine takes parameters in any case. */
function parameterNames({ time, values }: ResolvedPartition): string[] {
  const own = [...(time === null ? [] : [time.name]), ...values.map(({ name }) => name)];
  return [
    ...(time === null ? [] : ['partition_start', 'partition_end']),
    ...own.map((name) => name.toLowerCase()),
  ];
}

function reportUnknown(
  token: SqlToken,
  transform: Transform,
  known: readonly string[],
  inlineIn: TransformPlace,
  reporter: Reporter,
): void {
  const details = { word: token.text, allowed: known.map((name) => `$${name}`) };
  const message = `unknown parameter '${token.text}'`;
  if (transform.file.endsWith('.sql')) {
    const before = transform.sql.slice(0, token.offset);
    const file = path.relative(inlineIn.projectDir, transform.file).split(path.sep).join('/');
    const column = token.offset - before.lastIndexOf('\n');
    reporter.inFile(file, before.split('\n').length, column, message, details);
  } else reporter.at(['transform'], message, details);
}

function nameOf(token: SqlToken): string {
  return token.text.slice(1);
}
