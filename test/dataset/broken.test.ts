/** Each mistake, where it is reported, and what is said. */
import { execFileSync } from 'node:child_process';
import { symlink } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadProject } from '../../src/dataset/load.js';
import type { Files } from './project.js';
import { checkParts, problemsOf, withProject } from './project.js';

const lines = (...text: string[]) => `${text.join('\n')}\n`;
const TARGET = 'target: s3://lake/clean/sales/dt={dt}/';
const PARTITION = 'partition: { dt: { grain: day, start: 2025-01-01 } }';
const INPUTS = 'inputs: { raw: "s3://lake/raw/dt={dt}/*.parquet" }';
const sales = (...text: string[]): Files => ({ 'partitions/sales.yaml': lines(...text) });
/** A right definition in three lines, and more below it. */
const more = (...text: string[]): Files => sales(TARGET, PARTITION, INPUTS, ...text);
const target = (yaml: string): Files => sales(`target: ${yaml}`, PARTITION, INPUTS);
const time = (yaml: string): Files => sales(TARGET, `partition: { dt: ${yaml} }`, INPUTS);
const input = (yaml: string): Files => sales(TARGET, PARTITION, `inputs: { raw: ${yaml} }`);
const withSql = (sql: string, files: Files): Files => ({ ...files, 'partitions/sales.sql': sql });
const settings = (...text: string[]): Files => ({ 'lakefill.yaml': lines(...text), 'partitions/.keep': '' });
const whole = (name: string, root: string, url: string): Files => ({
  [`partitions/${name}.yaml`]: lines(`target: ${root}`, `inputs: { raw: ${url} }`),
});

/** `file:line:column  path`, and a part of the message. */
type Expected = readonly [place: string, message: string];
type Case = readonly [name: string, files: Files, ...expected: Expected[]];

const CASES: readonly Case[] = [
  // YAML
  ['bad syntax', sales('target: "x'), ['sales.yaml:2:1', 'not valid YAML: missing closing "quote']],
  ['tab', sales('partition:', '\tdt: {}'), ['sales.yaml:2:1', 'a tab indents this line; use spaces']],
  [
    'flow template in target',
    sales('target: { url: s3://lake/dt={dt}/, compression: zstd }'),
    ['sales.yaml:1:16', "'s3://lake/dt={dt}/' has braces of its own; quote it ('s3://lake/dt={dt}/')"],
  ],
  [
    'flow template in input',
    sales(TARGET, PARTITION, 'inputs: { raw: s3://lake/raw/{dt:yyyy}/*.parquet }'),
    ['sales.yaml:3:16', "'s3://lake/raw/{dt:yyyy}/*.parquet' has braces of its own"],
  ],
  [
    'template begins with brace',
    sales('target: {dt}/x'),
    ['sales.yaml:1:9', "'{dt}/x' has braces of its own; quote it ('{dt}/x')"],
  ],
  [
    'whole template braces',
    input('{ url: {dt} }'),
    [
      'sales.yaml:3:23  inputs.raw.url',
      'expected text, got a mapping; a template that begins with { must be quoted',
    ],
  ],
  [
    'flow variable',
    more('limits: { partitions: ${N} }'),
    [
      'sales.yaml:4:23',
      "'${N}' has braces of its own; write the mapping on lines of its own instead of inside { }",
    ],
  ],
  [
    'dup key',
    more('owner: a', 'tags: [x]', 'owner: b'),
    ['sales.yaml:6:1  owner', "key 'owner' is given twice (first in line 4)"],
  ],
  [
    'dup key, and others',
    more('owner: a', 'tags: x', 'owner: b', 'tagz: [x]'),
    ['sales.yaml:5:7  tags', 'expected a list'],
    ['sales.yaml:6:1  owner', "key 'owner' is given twice (first in line 4)"],
    ['sales.yaml:7:1', "unknown key 'tagz'; did you mean 'tags'?"],
  ],
  [
    'alias unknown',
    more('owner: *me'),
    ['sales.yaml:4:8  owner', "unknown alias '*me': no anchor '&me' stands before it"],
  ],
  [
    'bomb',
    sales(
      'a: &a [x, x, x, x, x, x, x, x, x, x]',
      ...'bcdefg'.split('').map(
        (c, i) =>
          `${c}: &${c} [${Array(10)
            .fill('*' + 'abcdef'[i])
            .join(', ')}]`,
      ),
    ),
    ['sales.yaml:1:35  e[7][8]', 'the file is nested too deeply or grows too large through its aliases'],
  ],
  [
    'self alias',
    sales('a: &a [*a]'),
    ['sales.yaml:1:8  a[0][0]', 'the file is nested too deeply or grows too large through its aliases'],
  ],
  ['deep', sales('a: ' + '['.repeat(5000)), ['sales.yaml:1:104', 'the file is nested too deeply']],
  ['deep list', sales('- '.repeat(5000)), ['sales.yaml:1:1', 'the file is nested too deeply']],
  [
    'two docs',
    sales(TARGET, '---', 'a: 1'),
    ['sales.yaml:2:1', 'a second document (---) begins; keep one per file'],
  ],
  ['tag', more('owner: !secret x'), ['sales.yaml:4:8', 'not valid YAML: unresolved tag: !secret']],
  [
    'backtick',
    more('owner: `x`'),
    ['sales.yaml:4:8', 'plain value cannot start with reserved character `; quote it'],
  ],
  // Keys
  ['empty', sales('# nothing'), ['sales.yaml:1:1', 'the definition is empty']],
  ['list', sales('- a'), ['sales.yaml:1:1', 'expected a mapping of keys']],
  [
    'missing var',
    more('owner: ${NOBODY_SET_THIS}'),
    ['sales.yaml:4:8  owner', "environment variable 'NOBODY_SET_THIS' is not set"],
  ],
  [
    'missing var says enough of its value, and hides no other',
    sales('target: ${NOBODY_SET_THIS}', 'partition: { dt: { grain: day, start: 2025-13-01 } }', INPUTS),
    ['sales.yaml:1:9  target', "environment variable 'NOBODY_SET_THIS' is not set"],
    ['sales.yaml:2:39  partition.dt.start', '2025-13-01'],
  ],
  [
    'unknown key',
    more('check:', '  - notNull: [id]'),
    ['sales.yaml:4:1', "unknown key 'check'; did you mean 'checks'?"],
  ],
  ['unknown key far', more('zzz: 1'), ['sales.yaml:4:1', "unknown key 'zzz'"]],
  [
    'unknown nested key',
    target('{ url: "s3://lake/clean/sales/dt={dt}/", compresion: zstd }'),
    ['sales.yaml:1:50  target', "unknown key 'compresion'; did you mean 'compression'?"],
  ],
  ['missing target', sales(PARTITION, INPUTS), ['sales.yaml:1:1', "'target' is missing"]],
  // target
  [
    'target null',
    sales('target:', PARTITION, INPUTS),
    ['sales.yaml:1:8  target', 'expected text or a mapping, got nothing (remove the key or give a value)'],
  ],
  [
    'target number',
    sales('target: 7', PARTITION, INPUTS),
    ['sales.yaml:1:9  target', "expected text or a mapping, got the number 7; quote it: '7'"],
  ],
  [
    'bad compression',
    target('{ url: "s3://lake/clean/sales/dt={dt}/", compression: zst }'),
    ['sales.yaml:1:63  target.compression', "unknown value 'zst'; did you mean 'zstd'?"],
  ],
  [
    'level',
    target('{ url: "s3://lake/clean/sales/dt={dt}/", compression: snappy, compressionLevel: 3 }'),
    ['sales.yaml:1:89  target.compressionLevel', 'snappy has no levels; remove the level or use zstd'],
  ],
  [
    'level 23',
    target('{ url: "s3://lake/clean/sales/dt={dt}/", compressionLevel: 23 }'),
    ['sales.yaml:1:68  target.compressionLevel', 'must be at most 22'],
  ],
  [
    'rename in circles',
    more('schema: { rename: { a: b, b: c, d: C, e: E } }'),
    ['sales.yaml:4:24  schema.rename.a', "'b' is itself renamed"],
    ['sales.yaml:4:36  schema.rename.d', "'b' and 'd' would both become 'C'"],
    ['sales.yaml:4:42  schema.rename.e', "'E' is itself renamed"],
  ],
  [
    'small files of a small target',
    sales(
      'target: { url: "s3://lake/clean/sales/dt={dt}/", maxFileBytes: 1MiB }',
      PARTITION,
      INPUTS,
      'stale: { smallFiles: { below: 2MiB, files: 3 } }',
    ),
    ['sales.yaml:4:22  stale.smallFiles', 'files are split at 1 MiB, so all would be small'],
  ],
  [
    'size',
    target('{ url: "s3://lake/clean/sales/dt={dt}/", maxFileBytes: 5 apples, sortBy: [] }'),
    ['sales.yaml:1:64  target.maxFileBytes', "'5 apples' is not a size; write such as 512MiB or 2GB"],
    ['sales.yaml:1:82  target.sortBy', 'must not be empty'],
  ],
  [
    'delta',
    target('{ url: "s3://lake/clean/sales/dt={dt}/", table: delta }'),
    ['sales.yaml:1:57  target.table', "Delta tables are not built yet; remove 'table' to write plain files"],
  ],
  [
    'glob',
    target('s3://lake/clean/*/dt={dt}/'),
    [
      'sales.yaml:1:9  target',
      "the template 's3://lake/clean/*/dt={dt}/' has '*', but a target has no globs",
    ],
  ],
  [
    'no slash',
    target('s3://lake/clean/dt={dt}'),
    [
      'sales.yaml:1:9  target',
      "the template 's3://lake/clean/dt={dt}' does not end in '/'; write s3://lake/clean/dt={dt}/",
    ],
  ],
  [
    'scheme',
    target('s3a://lake/clean/dt={dt}/'),
    ['sales.yaml:1:9  target', "the location 's3a://lake/clean/' has the unknown scheme 's3a'"],
  ],
  [
    'misses variable',
    target('s3://lake/clean/'),
    [
      'sales.yaml:1:9  target',
      "the template 's3://lake/clean/' does not contain the variable 'dt', so that partitions which differ in it woul",
    ],
  ],
  [
    'month pattern only',
    target('s3://lake/clean/{dt:yyyy}/{dt:MM}/'),
    [
      'sales.yaml:1:9  target',
      "the template 's3://lake/clean/{dt:yyyy}/{dt:MM}/' does not tell every day of 'dt' apart: 'dd' is missing",
    ],
  ],
  [
    'unknown var',
    target('s3://lake/clean/d={day}/'),
    [
      'sales.yaml:1:9  target',
      "the template 's3://lake/clean/d={day}/' uses the variable 'day', which is not defined; defined: dt",
    ],
  ],
  [
    'top of bucket',
    target('s3://lake/dt={dt}/'),
    [
      'sales.yaml:1:9  target',
      'the target fills all of s3://lake/, which leaves no place beside it for its journal',
    ],
  ],
  [
    'control prefix',
    target('s3://lake/_lakefill/sales/dt={dt}/'),
    [
      'sales.yaml:1:9  target',
      "the target lies in a '_lakefill' prefix, where journals and staged files are kept",
    ],
  ],
  // partition
  [
    'bad grain',
    time('{ grain: dai, start: 2025-01-01 }'),
    ['sales.yaml:2:27  partition.dt.grain', "unknown value 'dai'; did you mean 'day'?"],
  ],
  [
    'bad grain, start and end at once',
    time('{ grain: dai, start: 2025-13-45, end: soon }'),
    ['sales.yaml:2:27  partition.dt.grain', "unknown value 'dai'; did you mean 'day'?"],
    ['sales.yaml:2:39  partition.dt.start', "'2025-13-45' is no date; write such as 2025-01-31"],
    ['sales.yaml:2:56  partition.dt.end', "'soon' is no date; write such as 2025-01-31"],
  ],
  [
    'unknown key beside a bad start',
    time('{ grain: day, start: 2025-13-01, strat: 1 }'),
    ['sales.yaml:2:39  partition.dt.start', "'2025-13-01' is not a day; write such as 2025-01-31"],
    ['sales.yaml:2:51  partition.dt', "unknown key 'strat'; did you mean 'start'?"],
  ],
  ['no start', time('{ grain: day }'), ['sales.yaml:2:14  partition.dt', "'start' is missing"]],
  ['empty variable', time('{}'), ['sales.yaml:2:14  partition.dt', "'values' is missing"]],
  ['variable text', time('day'), ['sales.yaml:2:18  partition.dt', 'expected a mapping, got text']],
  [
    'from',
    sales(
      'target: s3://lake/clean/sales/{a}/{b}/{c}/{d}/',
      'partition: { a: { from: raw }, b: { from: rwa }, c: { from: own }, d: { from: } }',
      'inputs: { raw: "s3://lake/raw/{b}/*.parquet", own: { self: 0 } }',
    ),
    ['sales.yaml:2:79  partition.d.from', 'expected text, got nothing'],
  ],
  [
    'from inputs',
    sales(
      'target: s3://lake/clean/sales/{a}/{b}/{c}/',
      'partition: { a: { from: raw }, b: { from: rwa }, c: { from: own } }',
      'inputs: { raw: "s3://lake/raw/{b}/*.parquet", own: { self: 0 } }',
      'transform: select 1',
    ),
    ['sales.yaml:2:25  partition.a.from', "'raw' does not show {a}; write {a} into its template"],
    ['sales.yaml:2:43  partition.b.from', "unknown input 'rwa'; allowed: raw, own"],
    ['sales.yaml:2:61  partition.c.from', "all such variables come from one input, and a comes from 'raw'"],
  ],
  [
    'start bad',
    time('{ grain: day, start: 2025-13-01 }'),
    ['sales.yaml:2:39  partition.dt.start', "'2025-13-01' is not a day; write such as 2025-01-31"],
  ],
  [
    'start narrower',
    time('{ grain: month, start: 2025-01-15 }'),
    ['sales.yaml:2:41  partition.dt.start', "'2025-01-15' does not begin a month; write 2025-01"],
  ],
  [
    'start instant',
    time('{ grain: day, start: "2025-01-15T00:00" }'),
    [
      'sales.yaml:2:39  partition.dt.start',
      "'2025-01-15T00:00' is an instant; name a day such as 2025-01-15",
    ],
  ],
  [
    'end before start',
    time('{ grain: day, start: 2025-01-02, end: 2024 }'),
    ['sales.yaml:2:56  partition.dt.end', 'the end, 2024-12-31, is before the start, 2025-01-02'],
  ],
  [
    'zone',
    time('{ grain: day, start: 2025-01-02, timezone: Berlin }'),
    [
      'sales.yaml:2:61  partition.dt.timezone',
      "'Berlin' is not a time zone; write an IANA name such as Europe/Berlin",
    ],
  ],
  [
    'hour dst',
    time('{ grain: hour, start: 2025-01-02, timezone: Europe/Berlin }'),
    [
      'sales.yaml:2:62  partition.dt.timezone',
      'hours in Europe/Berlin are not told apart when its clock is set back; use UTC, or a coarser grain',
    ],
  ],
  [
    'available',
    time('{ grain: day, start: 2025-01-02, availableAfter: 6 hours }'),
    [
      'sales.yaml:2:67  partition.dt.availableAfter',
      "'6 hours' is not a duration; write such as 90m, 6h or 7d",
    ],
  ],
  [
    'exclude',
    time('{ grain: day, start: 2025-01-02, exclude: [saturdy, 2025-02-30, 2025-03-02..2025-03-01] }'),
    ['sales.yaml:2:61  partition.dt.exclude[0]', "unknown weekday 'saturdy'; did you mean 'sat'?"],
    ['sales.yaml:2:70  partition.dt.exclude[1]', "'2025-02-30' is not a day; write such as 2025-01-31"],
    ['sales.yaml:2:82  partition.dt.exclude[2]', "the range '2025-03-02..2025-03-01' ends before it begins"],
  ],
  [
    'exclude weekday of month',
    time('{ grain: month, start: 2025-01, exclude: [sat] }'),
    ['sales.yaml:2:60  partition.dt.exclude[0]', 'weekdays can be excluded of days only, not of a month'],
  ],
  [
    'two time',
    sales(
      'target: s3://lake/clean/{a}/{b}/',
      'partition:',
      '  a: { grain: day, start: 2025 }',
      '  b: { grain: day, start: 2025 }',
      'inputs: { raw: "s3://lake/raw/{a}/*.parquet" }',
    ),
    [
      'sales.yaml:4:3  partition.b',
      "a second variable of time beside 'a'; a dataset has one: write patterns of it, such as {a:yyyy}",
    ],
  ],
  [
    'dup values',
    sales(
      'target: s3://lake/clean/r={r}/',
      'partition: { r: { values: [a, b, a] } }',
      'inputs: { raw: "s3://lake/raw/{r}/*.parquet" }',
    ),
    ['sales.yaml:2:34  partition.r.values[2]', "the value 'a' is given twice"],
  ],
  [
    'unwritable values',
    sales(
      'target: s3://lake/clean/{r}/',
      'partition: { r: { values: [a/b, _x, __HIVE_DEFAULT_PARTITION__] } }',
      'inputs: { raw: "s3://lake/raw/{r}/*.parquet" }',
    ),
    [
      'sales.yaml:2:28  partition.r.values[0]',
      "the value \"a/b\" of the variable 'r' contains '/'. No key was made for it",
    ],
    [
      'sales.yaml:2:33  partition.r.values[1]',
      "the value \"_x\" of the variable 'r' begins with '.' or '_', and readers skip such folders. No key was made for ",
    ],
    [
      'sales.yaml:2:37  partition.r.values[2]',
      'the value "__HIVE_DEFAULT_PARTITION__" of the variable \'r\' cannot stand in a path. No key was made for it',
    ],
  ],
  [
    'value start without time',
    sales(
      'target: s3://lake/clean/r={r}/',
      'partition: { r: { values: [{ value: a, start: 2025 }] } }',
      'inputs: { raw: "s3://lake/raw/{r}/*.parquet" }',
    ),
    [
      'sales.yaml:2:28  partition.r.values[0]',
      "'start' and 'end' of a value need a variable of time in this partition",
    ],
  ],
  [
    'taken name',
    sales(
      'target: s3://lake/clean/r={partition_start}/',
      'partition: { partition_start: { values: [a] } }',
      'inputs: { raw: "s3://lake/raw/{partition_start}/*.parquet" }',
    ),
    [
      'sales.yaml:2:14  partition.partition_start',
      "'partition_start' is a parameter of every SQL; choose another name",
    ],
  ],
  [
    'bad name',
    sales(
      'target: s3://lake/clean/r={r}/',
      'partition: { a-b: { values: [a] } }',
      'inputs: { raw: "s3://lake/raw/x/*.parquet" }',
    ),
    [
      'sales.yaml:2:14  partition.a-b',
      'must be a plain name: letters, digits and _, not beginning with a digit',
    ],
  ],
  // inputs
  [
    'input var',
    input('"s3://lake/raw/{date}/*.parquet"'),
    [
      'sales.yaml:3:16  inputs.raw',
      "the template 's3://lake/raw/{date}/*.parquet' uses the variable 'date', which is not defined",
    ],
  ],
  [
    'input grain',
    input('{ url: "s3://lake/raw/{dt:yyyy}/{dt:MM}/*.parquet" }'),
    [
      'sales.yaml:3:23  inputs.raw.url',
      "the template 's3://lake/raw/{dt:yyyy}/{dt:MM}/*.parquet' does not tell every day of 'dt' apart: 'dd' is missin",
    ],
  ],
  [
    'input format',
    input('"s3://lake/raw/{dt}/"'),
    [
      'sales.yaml:3:16  inputs.raw',
      "the template's extension does not tell the format; add format: parquet, csv, json or ndjson",
    ],
  ],
  [
    'input window',
    input('{ url: "s3://lake/raw/{dt}/*.parquet", window: "1..2" }'),
    ['sales.yaml:3:63  inputs.raw.window', 'must be a range such as -2..0 that includes 0'],
  ],
  [
    'input window untimed',
    withSql('select $dt', input('{ url: "s3://lake/raw/*.parquet", window: 0..2, grain: day }')),
    [
      'sales.yaml:3:50  inputs.raw.window',
      "'window' has no effect: no variable of time cuts this input; add {dt} to the template, or remove it",
    ],
    [
      'sales.yaml:3:64  inputs.raw.grain',
      "'grain' has no effect: no variable of time cuts this input; add {dt} to the template, or remove it",
    ],
  ],
  [
    'input require',
    input('{ url: "s3://lake/raw/{dt}/*.parquet", require: al, onChange: 1 }'),
    ['sales.yaml:3:64  inputs.raw.require', "unknown value 'al'; did you mean 'all'?"],
    ['sales.yaml:3:78  inputs.raw.onChange', "unknown value '1'; allowed: stale, ignore"],
  ],
  [
    'input marker keeps self',
    sales(
      TARGET,
      PARTITION,
      'inputs:',
      '  raw: { url: "s3://lake/raw/{dt}/*.parquet", marker: a/b, keeps: 0 }',
      '  flat: { url: "s3://lake/flat/{dt}_*.parquet", marker: _SUCCESS }',
      '  deep: { url: "s3://lake/deep/*/{dt}/", format: parquet, marker: _SUCCESS }',
      '  own: { self: -2 }',
    ),
    ['sales.yaml:4:55  inputs.raw.marker', 'must be the name of a file, such as _SUCCESS'],
    ['sales.yaml:4:67  inputs.raw.keeps', 'must be more than 0'],
    ['sales.yaml:5:57  inputs.flat.marker', "one '_SUCCESS' would stand for several units"],
    ['sales.yaml:6:67  inputs.deep.marker', "one '_SUCCESS' would stand for several units"],
    ['sales.yaml:7:16  inputs.own.self', "unknown value '-2'; did you mean '-1'?"],
  ],
  [
    'previous partition',
    withSql('select * from own', {
      ...sales(TARGET, PARTITION, 'inputs: { own: { self: -1 } }', 'together: true'),
      'partitions/copy.yaml': lines(
        'target: s3://lake/copy/dt={dt}/',
        PARTITION,
        'inputs: { own: { self: -1 } }',
      ),
      'partitions/whole.yaml': lines(
        'target: s3://lake/whole/',
        'inputs: { own: { self: -1 }, all: { self: 0 } }',
      ),
    }),
    ['copy.yaml:3:11  inputs.own', 'the previous partition cannot pass through as this one; write SQL'],
    ['sales.yaml:4:1  together', 'each partition is made from the published one before it (own)'],
    ['whole.yaml:2:24  inputs.own.self', 'there is no previous partition without a variable of time'],
  ],
  [
    'input name output',
    withSql(
      'select 1',
      sales(
        TARGET,
        PARTITION,
        'inputs: { output: "s3://lake/raw/{dt}/*.parquet", a: s3://lake/x/*.csv, A: s3://lake/x/*.csv, 2x: s3://lake/x/*.csv }',
      ),
    ),
    ['sales.yaml:3:11  inputs.output', "'output' is the name of the result in checks; choose another name"],
    ['sales.yaml:3:73  inputs.A', "'A' and 'a' differ in case only, and SQL does not tell them apart"],
    ['sales.yaml:3:95  inputs.2x', 'must be a plain name: letters, digits and _, not beginning with a digit'],
  ],
  [
    'inputs list',
    sales(TARGET, PARTITION, 'inputs: [a]'),
    ['sales.yaml:3:1  inputs', 'expected a mapping of names'],
  ],
  [
    'two inputs no sql',
    sales(TARGET, PARTITION, 'inputs: { a: "s3://lake/raw/{dt}/*.parquet", b: s3://lake/x/*.csv }'),
    [
      'sales.yaml:3:1  inputs',
      "without SQL the output is the only input's columns, but there are 2 inputs; write sales.sql",
    ],
  ],
  [
    'no inputs no sql',
    sales(TARGET, PARTITION),
    [
      'sales.yaml:1:1  inputs',
      "without SQL the output is the only input's columns, but there are 0 inputs; write sales.sql",
    ],
  ],
  [
    'dataset unknown',
    input('{ dataset: salse }'),
    ['sales.yaml:3:27  inputs.raw.dataset', "unknown dataset 'salse'"],
  ],
  [
    'dataset cycle',
    {
      ...sales(TARGET, PARTITION, 'inputs: { raw: { dataset: b } }'),
      'partitions/b.yaml': lines(
        'target: s3://lake/b/{dt}/',
        PARTITION,
        'inputs: { raw: { dataset: sales } }',
      ),
    },
    ['b.yaml:3:16  inputs.raw', 'a cycle: b reads sales reads b; take one of these inputs away'],
  ],
  [
    'own cycle',
    input('{ dataset: sales }'),
    ['sales.yaml:3:16  inputs.raw', 'a cycle: sales reads sales; take one of these inputs away'],
  ],
  [
    'url cycle',
    {
      ...whole('a', 's3://lake/a/', 's3://lake/b/*.parquet'),
      ...whole('b', 's3://lake/b/', 's3://lake/a/*.parquet'),
    },
    ['a.yaml:2:16  inputs.raw', 'a cycle: a reads b reads a; take one of these inputs away'],
  ],
  // transform
  [
    'transform missing',
    more('transform: nope.sql'),
    ['sales.yaml:4:12  transform', 'partitions/nope.sql does not exist; create it, or correct the name'],
  ],
  [
    'transform word',
    more('transform: nope'),
    ['sales.yaml:4:12  transform', "'nope' is neither a file whose name ends in .sql nor a SELECT"],
  ],
  [
    'transform without its file, beside other mistakes',
    more('transform: sql/sales.sql', 'ownr: me'),
    ['sales.yaml:4:12  transform', 'partitions/sql/sales.sql does not exist; create it, or correct the name'],
    ['sales.yaml:5:1', "unknown key 'ownr'; did you mean 'owner'?"],
  ],
  [
    'transform is a folder',
    { ...more('transform: q.sql'), 'partitions/q.sql/x': '' },
    ['sales.yaml:4:12  transform', 'q.sql: this is a folder, not a file'],
  ],
  [
    'transform empty',
    withSql('-- nothing\n', more()),
    ['sales.yaml:1:1  transform', 'sales.sql holds no SQL'],
  ],
  [
    'not limited',
    withSql(
      "-- $dt\nselect '$dt' from raw",
      sales(TARGET, PARTITION, 'inputs: { raw: s3://lake/raw/*.parquet }'),
    ),
    [
      'sales.yaml:1:1  transform',
      'nothing limits the output to its partition: every partition would hold all rows',
    ],
  ],
  [
    'not limited identity',
    sales(TARGET, PARTITION, 'inputs: { raw: s3://lake/raw/*.parquet }'),
    [
      'sales.yaml:1:1  transform',
      'nothing limits the output to its partition: every partition would hold all rows',
    ],
  ],
  [
    'unknown param',
    withSql('select *\nfrom raw\n where ts >= $partiton_start', more()),
    ['sales.sql:3:14', "unknown parameter '$partiton_start'; did you mean '$partition_start'?"],
  ],
  [
    'unknown param inline',
    more('transform: select $dd from raw'),
    ['sales.yaml:4:12  transform', "unknown parameter '$dd'; did you mean '$dt'?"],
  ],
  // checks and the other keys
  [
    'checks',
    more(
      'checks:',
      '  - notNull: [id]',
      '  - uniq: [id]',
      '  - rowCount: { mn: 1 }',
      '  - notNull: []',
      '  - notNull: [id]',
      '  - unique',
      '  - unique: [id]',
      '    severity: wran',
      '  - { unique: [a], notNull: [b] }',
      '  - { severity: warn }',
    ),
    ['sales.yaml:6:5  checks[1]', "unknown check 'uniq'; did you mean 'unique'?"],
    ['sales.yaml:7:17  checks[2].rowCount', "unknown key 'mn'"],
    ['sales.yaml:8:14  checks[3].notNull', 'must not be empty'],
    ['sales.yaml:9:5  checks[4]', 'the check notNull(id) is given twice'],
    ['sales.yaml:10:5  checks[5]', 'expected a check with its options, such as notNull: [id]'],
    ['sales.yaml:12:15  checks[6].severity', "unknown value 'wran'; did you mean 'warn'?"],
    ['sales.yaml:13:5  checks[7]', 'holds unique and notNull; begin each check with - of its own'],
    ['sales.yaml:14:5  checks[8]', "names no check beside 'severity'"],
  ],
  [
    'checks map',
    more('checks:', '  notNull: [id]'),
    ['sales.yaml:4:1  checks', 'expected a list of checks, each beginning with -'],
  ],
  [
    'schema etc',
    more(
      'schema: { policy: loose, rename: { a: [b] } }',
      'stale: { on: [inputs], smallFiles: x, olderThan: 3 }',
      'allowEmpty: yes',
      'limits: { partitions: 0, timeout: 1 }',
      'tags: x',
      'rollback: 7d',
      'description: 5',
    ),
    ['sales.yaml:4:19  schema.policy', "unknown value 'loose'; allowed: strict, additive, any"],
    ['sales.yaml:4:39  schema.rename.a', 'expected text, got a list'],
    ['sales.yaml:5:15  stale.on[0]', "unknown value 'inputs'; did you mean 'input'?"],
    ['sales.yaml:5:36  stale.smallFiles', "'x' is not a size; write such as 512MiB or 2GB"],
    ['sales.yaml:5:50  stale.olderThan', "'3' is not a duration; write such as 90m, 6h or 7d"],
    ['sales.yaml:6:13  allowEmpty', 'expected true or false, got text'],
    ['sales.yaml:7:23  limits.partitions', 'must be at least 1'],
    ['sales.yaml:7:35  limits.timeout', "'1' is not a duration; write such as 90m, 6h or 7d"],
    ['sales.yaml:8:7  tags', 'expected a list, got text'],
    ['sales.yaml:9:11  rollback', 'expected a mapping, got text'],
    ['sales.yaml:10:14  description', "expected text, got the number 5; quote it: '5'"],
  ],
  // datasets beside each other
  [
    'same target',
    {
      ...whole('a', 's3://lake/a/', 's3://lake/x/*.parquet'),
      ...whole('b', 's3://lake/a/', 's3://lake/y/*.parquet'),
    },
    [
      'b.yaml:1:9  target',
      "dataset 'a' fills the same root, s3://lake/a/; give each dataset a prefix of its own",
    ],
  ],
  [
    'nested target',
    {
      ...whole('a', './lake/a/', 's3://lake/x/*.parquet'),
      ...whole('b', './lake/a/b/', 's3://lake/y/*.parquet'),
    },
    ['b.yaml:1:9  target', 'lie in each other; give each dataset a prefix of its own'],
  ],
  [
    'input in target',
    whole('a', 's3://lake/a/', 's3://lake/a/raw/*.parquet'),
    [
      'a.yaml:2:16  inputs.raw',
      'this input lies inside the target (s3://lake/a/), so that a run would change what it reads',
    ],
  ],
  [
    'target in input',
    whole('a', 's3://lake/a/', 's3://lake/**/*.parquet'),
    [
      'a.yaml:2:16  inputs.raw',
      'the target lies inside this input (s3://lake/), so that a run would change what it reads',
    ],
  ],
  // lakefill.yaml and files
  [
    'settings',
    settings(
      'stores: { s3://lake: { accessKeyId: x, regoin: y }, ./x/: {}, s3a://b/: {} }',
      'control: s3://x/',
      'memory: lots',
      'concurency: {}',
      'defaults: { owner: 5, limts: {}, target: { compression: zst }, partition: { dt: { grain: dai } } }',
    ),
    [
      'lakefill.yaml:1:24  stores["s3://lake"].accessKeyId',
      'credentials never stand in a definition; use the AWS_* variables or a profile',
    ],
    ['lakefill.yaml:1:40  stores["s3://lake"]', "unknown key 'regoin'; did you mean 'region'?"],
    ['lakefill.yaml:2:1  control', 'a place of its own for journals is not built yet'],
    ['lakefill.yaml:3:9  memory', "'lots' is not a size; write such as 512MiB or 2GB"],
    ['lakefill.yaml:4:1', "unknown key 'concurency'; did you mean 'concurrency'?"],
    ['lakefill.yaml:5:20  defaults.owner', "expected text, got the number 5; quote it: '5'"],
    ['lakefill.yaml:5:23  defaults', "unknown key 'limts'; did you mean 'limits'?"],
    ['lakefill.yaml:5:57  defaults.target.compression', "unknown value 'zst'; did you mean 'zstd'?"],
    ['lakefill.yaml:5:90  defaults.partition.dt.grain', "unknown value 'dai'; did you mean 'day'?"],
  ],
  [
    'defaults',
    {
      'lakefill.yaml': 'defaults:\n  target: { compression: zst }\n',
      ...whole('a', 's3://lake/a/', 's3://lake/x/*.parquet'),
      ...whole('b', 's3://lake/b/', 's3://lake/x/*.parquet'),
    },
    ['lakefill.yaml:2:26  defaults.target.compression', "unknown value 'zst'; did you mean 'zstd'?"],
  ],
  [
    'datasets folder',
    { 'lakefill.yaml': 'datasets: nope\n' },
    ['lakefill.yaml:1:11  datasets', '/nope does not exist; create it for the definitions'],
  ],
  [
    'reader options',
    input(
      '{ url: "s3://lake/raw/{dt}/*.json", options: { delimiter: x, header: 1, colums: {}, columns: { a: 7 } } }',
    ),
    ['sales.yaml:3:85  inputs.raw.options.header', 'expected true or false, got the number 1'],
    ['sales.yaml:3:88  inputs.raw.options', "unknown key 'colums'; did you mean 'columns'?"],
    ['sales.yaml:3:114  inputs.raw.options.columns.a', "expected text, got the number 7; quote it: '7'"],
  ],
  [
    'store options',
    settings('stores: { s3://lake/: { endpoint: lake.example.org, connectTimeout: 0 } }'),
    [
      'lakefill.yaml:1:35  stores["s3://lake/"].endpoint',
      'must be a URL that begins with http:// or https://',
    ],
    ['lakefill.yaml:1:69  stores["s3://lake/"].connectTimeout', 'must be more than 0'],
  ],
  ['yml', { 'partitions/a.yml': 'x' }, ['a.yml:1:1', "a definition's name ends in .yaml; rename the file"]],
  [
    'folders named like definitions',
    { 'partitions/x.yaml/a.txt': '', 'partitions/sub/y.yaml/b.yaml': '', 'partitions/a.yaml': 'ownr: me\n' },
    ['a.yaml:1:1', "unknown key 'ownr'"],
    ['a.yaml:1:1', "'target' is missing"],
    ['sub/y.yaml:1:1', 'this is a folder, named like a definition; rename or remove it'],
    ['x.yaml:1:1', 'this is a folder, named like a definition; rename or remove it'],
  ],
  [
    'big',
    { 'partitions/a.yaml': '#'.repeat(1100000) },
    ['a.yaml:1:1', 'the file has 1100000 bytes; at most 1048576 are read'],
  ],
  [
    'not utf-8',
    { 'partitions/a.yaml': Uint8Array.of(0xff, 0xfe, 0) },
    ['a.yaml:1:1', 'the file is not UTF-8 text'],
  ],
  [
    'bad dataset name',
    { 'partitions/my sales.yaml': lines('target: s3://lake/a/', 'inputs: { raw: s3://lake/x/*.csv }') },
    ['my sales.yaml:1:1', "the name 'my sales' is no dataset name"],
  ],
];

it.each(['lakefill.yaml', 'partitions/a.yaml', 'partitions/b.sql'])(
  'a pipe as %s is told, not passed over',
  async (name) => {
    await withProject({ 'partitions/b.yaml': 'target: ./a/\ninputs: { raw: ./x/*.csv }\n' }, async (dir) => {
      execFileSync('mkfifo', [path.join(dir, name)]);
      await expect(loadProject({ dir, env: {}, checkParts })).rejects.toMatchObject({
        code: 'DEFINITION_INVALID',
        message: expect.stringContaining(
          'this is no file, or a link to nothing; replace or remove it',
        ) as string,
      });
    });
  },
);

it('a link to nothing is told with the other problems', async () => {
  await withProject({ 'partitions/b.yaml': 'target: 5\n' }, async (dir) => {
    await symlink('nowhere', path.join(dir, 'partitions/a.yaml'));
    const loading = loadProject({ dir, env: {}, checkParts });
    await expect(loading).rejects.toMatchObject({
      code: 'DEFINITION_INVALID',
      context: {
        problems: [
          {
            file: 'partitions/a.yaml',
            message: 'this is no file, or a link to nothing; replace or remove it',
          },
          { file: 'partitions/b.yaml' },
        ],
      },
    });
  });
});

describe('a broken definition', () => {
  it.each(CASES.map(([name, files, ...expected]) => ({ name, files, expected })))(
    '$name',
    async ({ files, expected }) => {
      const { problems } = await problemsOf(files);
      const places = problems.map(({ file, line, column, path }) =>
        `${file.replace('partitions/', '')}:${line}:${column}  ${path}`.trimEnd(),
      );
      expect(places).toEqual(expected.map(([place]) => place));
      expected.forEach(([, message], i) => expect(problems[i]?.message).toContain(message));
    },
  );
});
