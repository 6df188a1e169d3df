/**
 * The fingerprint of a definition covers what changes data and nothing else: the SQL, what it reads and how, the
 * layout below the root, the zone, which columns stay in the files.
 *
 * Not covered, because the rows stay the same: formatting and comments, checks, schema policy, write options,
 * expectations of time (`start`, `exclude`, `availableAfter`), limits, texts for people, and the root itself (a lake
 * that moves with its journal is not stale). Checks and write options have digests of their own, which plans pin.
 */
import { canonicalJson, sha256 } from '../core/digest.js';
import type { Fingerprint } from '../core/fingerprint.js';
import type { Dataset, DatasetInput } from './dataset.js';
import { normaliseSql } from './sql-text.js';

/** Name of the digest over the text of the SQL. Raise the number when `normaliseSql` or what is covered changes. */
export const TEXT_ALGORITHM = 'text/1';

/** What an engine makes of the SQL: its canonical tree, and the name of the algorithm with the engine's version. */
export interface SqlTree {
  readonly algorithm: string;
  readonly tree: string;
}

/** Digest of the text, and of the engine's tree where one is given. Datasets that pass their input through have no tree. */
export function fingerprintOf(dataset: Dataset, tree?: SqlTree | null): Fingerprint {
  const covered = coveredBy(dataset);
  const sql = dataset.transform === null ? null : normaliseSql(dataset.transform.sql);
  const digests = { [TEXT_ALGORITHM]: sha256(canonicalJson({ covered, sql })) };
  if (!tree || dataset.transform === null) return { digests };
  return { digests: { ...digests, [tree.algorithm]: sha256(canonicalJson({ covered, tree: tree.tree })) } };
}

/** Digest of what the output must pass: checks with options and severity, schema rules, whether no rows are a result. */
export function checksDigest(dataset: Dataset): string {
  const { checks, schema, allowEmpty } = dataset;
  const rules = checks
    .map(({ rule, options, severity }) => canonicalJson({ rule, options, severity }))
    .sort();
  return sha256(canonicalJson({ rules, schema, allowEmpty }));
}

/** Digest of how files are written: compression, sizes, order. */
export function writeOptionsDigest(dataset: Dataset): string {
  return sha256(canonicalJson(dataset.write));
}

function coveredBy(dataset: Dataset): unknown {
  const { time, values } = dataset;
  return {
    layout: belowRoot(dataset.layout.template),
    time: time === null ? null : { name: time.name, grain: time.grain, timezone: time.timezone },
    values: values.map(({ name }) => name).sort(),
    partitionColumns: dataset.partitionColumns,
    rename: dataset.schema.rename,
    inputs: Object.fromEntries(dataset.inputs.map((input) => [input.name, coveredByInput(input)])),
  };
}

/** A dataset, this one or another, is covered by its layout: where its lake stands does not change the rows. */
function coveredByInput(input: DatasetInput): unknown {
  const { template } = input.template;
  return {
    from: fromOf(input, template),
    self: input.self,
    grain: input.grain,
    timezone: input.grain === null ? null : input.timezone,
    window: input.window,
    format: input.format,
    options: input.options,
  };
}

function fromOf({ dataset, self }: DatasetInput, template: string): unknown {
  if (self !== null) return { layout: belowRoot(template) };
  return dataset === null ? template : { dataset, layout: belowRoot(template) };
}

/** The template from the segment of its first variable on; empty without variables. */
function belowRoot(template: string): string {
  const variable = template.indexOf('{');
  return variable < 0 ? '' : template.slice(template.lastIndexOf('/', variable) + 1);
}
