/**
 * The reference of the definitions, written from their schema and from examples: docs/reference/dataset.md. Every sentence about
 * a key is the text of the schema; here is how it is laid out, and what the words of a scan mean.
 */
import { definitionSchema } from '../../src/api/schema.js';
import { DEFAULT_PATTERNS } from '../../src/core/grain-format.js';
import { REASON_STATUS } from '../../src/scan/status-table.js';
import type { ReasonCode } from '../../src/scan/status-table.js';
import { EXAMPLES } from './examples.js';
import type { ExampleName } from './examples.js';
import { HOLDS, REASONS } from './reasons.js';

export interface Node {
  readonly description?: string;
  readonly title?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Node | boolean;
  readonly items?: Node | boolean;
  readonly anyOf?: readonly Node[];
}

/** The whole page. */
export function renderReference(): string {
  const dataset = definitionSchema('dataset') as Node;
  const project = definitionSchema('project') as Node;
  const key = (name: string) => child(dataset, name);
  const [time, values, from] = branches(inner(key('partition')));
  const [lake, other, self] = branches(inner(key('inputs'))).filter(({ type }) => type === 'object');
  const simple = Object.entries(dataset.properties ?? {}).filter(([, node]) => !isGroup(node));
  return [
    INTRODUCTION,
    example('smallest'),
    section('target', key('target').description, table(objectOf(key('target'))), example('target')),
    section('partition', key('partition').description),
    part('A variable of time', table(time!), example('time')),
    FORMATS,
    part('A list of values', table(values!), example('values')),
    table(objectOf(items(child(values!, 'values'))), 'Each of `values` is a text or has'),
    part('Values found in an input', table(from!), example('from')),
    section('inputs', key('inputs').description),
    part('Files of a lake', table(lake!), example('inputs')),
    part('`options`: how files are read', table(child(lake!, 'options'))),
    part('Another dataset', table(other!), example('dataset')),
    part('The dataset itself', table(self!), example('self')),
    SQL,
    section('checks', key('checks').description, checks(key('checks')), example('checks')),
    section('schema', key('schema').description, table(key('schema')), example('schema')),
    section(
      'stale',
      key('stale').description,
      table(key('stale')),
      table(objectOf(child(key('stale'), 'smallFiles')), 'As a mapping, `smallFiles` has'),
      example('stale'),
    ),
    section('limits', key('limits').description, table(key('limits')), example('limits')),
    section('rollback', key('rollback').description, table(key('rollback'))),
    section('The other keys', undefined, rows(simple, dataset), example('others')),
    STATUSES,
    PROJECT,
    table({ ...project, properties: omit(project.properties ?? {}, ['stores', 'concurrency']) }),
    section('concurrency', undefined, table(child(project, 'concurrency'))),
    section('stores', child(project, 'stores').description, table(inner(child(project, 'stores')))),
    example('project'),
  ]
    .filter((text) => text !== '')
    .join('\n\n')
    .concat('\n');
}

const INTRODUCTION = `# Reference of the definitions

This page is made from the schema that lakefill reads definitions with (\`npm run docs:reference\`), so it cannot say anything else than the
program does. \`lakefill schema\` prints the same as a JSON Schema for editors.

A project folder holds \`lakefill.yaml\` (optional) and \`partitions/<dataset>.yaml\`, with \`partitions/<dataset>.sql\` beside it. Folders are part of
the name: \`partitions/finance/sales.yaml\` is the dataset \`finance/sales\`. Unknown keys are errors. All problems of all files are told at once, each
with its place.

A *duration* is written \`90m\`, \`6h\` or \`7d\`; a *size* \`512MiB\` or \`2GB\`. \`\${NAME}\` in a value is an environment variable. Its
value is printed wherever the setting or the path that holds it is: in the terminal, in documents, in the journal. So no secrets there; credentials come
from the \`AWS_*\` variables and profiles. A template inside \`{ }\` must be quoted. Examples on this page are read by a test.

## The smallest useful definition`;

const FORMATS = `In templates, \`{dt}\` writes the unit in its default format; \`{dt:yyyy}\` with a pattern of \`yyyy MM dd HH\`, unpadded \`M d H\`, \`Q\`, ISO week
\`YYYY\` and \`ww\`; other letters stand in quotes.

| grain | default format |
| --- | --- |
${Object.entries(DEFAULT_PATTERNS)
  .map(([grain, pattern]) => `| \`${grain}\` | \`${pattern}\` |`)
  .join('\n')}`;

const SQL = `A partition that reads the one before it (\`self: -1\`) waits for that one's task; with \`--with-downstream\` all that follows is made in the same
run, else the next runs make it, one step each. Such partitions cannot be promoted as a unit. A partition that stands before the first is read
as an opening, if there is one.

## transform

One SELECT, in \`<dataset>.sql\`, in another file, or in the definition. Each input is a view. Parameters: \`$partition_start\` and \`$partition_end\`
(timestamps with time zone, half-open), and each partition variable by name; \`$dt\` is a DATE for day grain, text otherwise. Without SQL and with
one input, the output is the columns of its files: compaction, replication, migration.

Rows must belong to their partition: output columns that the path shows too must agree with it, and \`column\` of a variable names an output column
that is checked. Columns of the path are left out of the files.`;

const STATUSES = `# What a scan says of a partition

| status | reason | meaning |
| --- | --- | --- |
${Object.entries(REASON_STATUS)
  .map(([code, status]) => `| \`${status}\` | \`${code}\` | ${REASONS[code as ReasonCode]} |`)
  .join('\n')}

A partition that has none of these is \`fresh\` too. A run makes what is missing, unreadable, or stale because an input changed. The rest it leaves
alone, and says so:

| held as | because | what includes it |
| --- | --- | --- |
${Object.entries(HOLDS)
  .map(([code, [meaning, included]]) => `| \`${code}\` | ${meaning} | ${included} |`)
  .join('\n')}`;

const PROJECT = `# The project file

\`lakefill.yaml\` is optional.`;

function section(name: string, text: string | undefined, ...more: string[]): string {
  return [`## ${name}`, text ?? '', ...more].filter((one) => one !== '').join('\n\n');
}

function part(name: string, ...more: string[]): string {
  return [`### ${name}`, ...more].join('\n\n');
}

function example(name: ExampleName): string {
  return EXAMPLES[name]
    .map(({ file, text }) => `\`\`\`${file.endsWith('.sql') ? 'sql' : 'yaml'}\n${text}\`\`\``)
    .join('\n\n');
}

/** One row per key. */
function table(node: Node, title = ''): string {
  return [title, rows(Object.entries(node.properties ?? {}), node)]
    .filter((text) => text !== '')
    .join('\n\n');
}

function rows(entries: readonly (readonly [string, Node])[], { required = [] }: Node): string {
  const lines = entries.map(([name, node]) => {
    const { text, fallback } = split(node.description ?? '');
    const otherwise = fallback ?? (required.includes(name) ? 'must be given' : 'none');
    return `| \`${name}\` | ${cell(valueOf(node))} | ${cell(otherwise)} | ${cell(text)} |`;
  });
  return ['| key | value | default | meaning |', '| --- | --- | --- | --- |', ...lines].join('\n');
}

/** Rules and their options. */
function checks(node: Node): string {
  const lines = branches(items(node)).map((entry) => {
    const [name, options] = Object.entries(entry.properties ?? {}).find(([key]) => key !== 'severity')!;
    const keys = Object.entries(objectOf(options).properties ?? {}).map(([key, value]) => {
      const text = value.description === undefined ? '' : `: ${value.description}`;
      return `\`${key}\`${text}`;
    });
    return `| \`${name}\` | ${cell(options.description ?? '')} | ${cell(keys.join(' ') || 'none')} |`;
  });
  const severity =
    'Beside the rule may stand `severity: warn`: a failure is reported, and the output is published all the same.';
  return [`${severity}\n`, '| check | meaning | options |', '| --- | --- | --- |', ...lines].join('\n');
}

/** The sentence about the default, cut out of the text; a value marked as the default otherwise. */
function split(description: string): { readonly text: string; readonly fallback: string | null } {
  const match = /(?:^|\s)Default(?::| is)? (.+?)\.(?=\s|$)/.exec(description);
  if (match !== null) {
    const text =
      `${description.slice(0, match.index)}${description.slice(match.index + match[0].length)}`.trim();
    return { text, fallback: match[1]! };
  }
  return { text: description, fallback: /(\`[^\`]+\`) \(default\)/.exec(description)?.[1] ?? null };
}

/** What may be written, in words. */
function valueOf(node: Node): string {
  if (node.title === 'duration' || node.title === 'size') return node.title;
  if (node.const !== undefined) return `\`${String(node.const)}\``;
  if (node.enum !== undefined) return node.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (node.anyOf !== undefined) return [...new Set(node.anyOf.map(valueOf))].join(' or ');
  if (typeof node.items === 'object') return `list of ${valueOf(node.items)}`;
  if (node.type === 'object') {
    return typeof node.additionalProperties === 'object'
      ? `names with ${valueOf(node.additionalProperties)}`
      : `\`{ ${Object.keys(node.properties ?? {}).join(', ')} }\``;
  }
  if (node.type === 'boolean') return '`true`, `false`';
  if (node.type === 'integer') return 'whole number';
  return node.type === 'number' ? 'number' : 'text';
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

/** Keys with keys of their own have a section of their own. */
function isGroup(node: Node): boolean {
  return (
    node.description !== undefined &&
    (objectOf(node).properties !== undefined ||
      hasInner(node) ||
      (node.items !== undefined && branches(items(node)).length > 1))
  );
}

function hasInner({ additionalProperties }: Node): boolean {
  return typeof additionalProperties === 'object';
}

function child(node: Node, name: string): Node {
  const found = node.properties?.[name];
  if (found === undefined) throw new Error(`the schema has no key ${name}`);
  return found;
}

function inner({ additionalProperties }: Node): Node {
  if (typeof additionalProperties !== 'object') throw new Error('the schema has no names here');
  return additionalProperties;
}

function items(node: Node): Node {
  if (typeof node.items !== 'object') throw new Error('the schema has no list here');
  return node.items;
}

function branches(node: Node): readonly Node[] {
  return node.anyOf?.flatMap((one) => (one.anyOf === undefined ? [one] : branches(one))) ?? [node];
}

/** The node, or the one of its alternatives that has keys. */
function objectOf(node: Node): Node {
  return branches(node).find(({ properties }) => properties !== undefined) ?? node;
}

function omit(record: Readonly<Record<string, Node>>, names: readonly string[]): Record<string, Node> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => !names.includes(name)));
}
