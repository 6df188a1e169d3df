/** One definition resolved, in two steps: partition and target first, because inputs of other datasets refer to them. */
import { formatByteSize } from '../../core/byte-size.js';
import type { CheckPart } from '../../core/part.js';
import type { Dataset } from '../dataset.js';
import { isMapping } from '../merge.js';
import type { ReadDefinition } from '../read-definition.js';
import { readDefinition } from '../read-definition.js';
import type { Reporter } from '../reporter.js';
import { resolveChecks } from './checks.js';
import { checkDiscovery } from './discovery.js';
import { resolveInputs } from './inputs.js';
import type { Upstream } from './inputs.js';
import { checkMoments, resolvePartition } from './partition.js';
import type { ResolvedPartition } from './partition.js';
import { resolveTarget } from './target.js';
import type { ResolvedTarget } from './target.js';
import { checkTransform, readTransform } from './transform.js';

export interface Definition {
  readonly name: string;
  /** Absolute path of the YAML file. */
  readonly file: string;
  /** Its keys over the project's defaults. */
  readonly raw: unknown;
  readonly reporter: Reporter;
}

export interface Draft extends Definition {
  readonly read: ReadDefinition;
  /** Null after problems were reported. */
  readonly resolved: Upstream | null;
  /** As far as they can be told, problems or not: what inputs are held against. */
  readonly known: { readonly partition: ResolvedPartition | null; readonly target: ResolvedTarget | null };
}

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** The first step: keys validated, partition and target resolved. */
export function draft(definition: Definition, projectDir: string): Draft {
  const read = readDefinition(definition.raw, definition.reporter);
  const { reporter } = definition;
  if (read.partition === null && isMapping(definition.raw))
    checkMoments(definition.raw['partition'], reporter);
  const before = reporter.count;
  const partition = read.partition === null ? null : resolvePartition(read.partition, reporter);
  const isRight = reporter.count === before;
  const { target: written } = read.values;
  const target =
    partition === null || written === undefined
      ? null
      : resolveTarget(written, partition, projectDir, reporter);
  const resolved = !isRight || partition === null || target === null ? null : { partition, target };
  return { ...definition, read, resolved, known: { partition, target } };
}

/** The second step; null when the definition has problems, all of which are reported by then. */
export async function finish(
  { name, file, raw, reporter, read, resolved, known }: Draft,
  datasets: ReadonlyMap<string, Upstream | null>,
  projectDir: string,
  checkParts: readonly CheckPart[],
): Promise<Dataset | null> {
  const { values } = read;
  const keys = isMapping(raw) ? raw : {};
  const given = isMapping(keys['inputs']) ? Object.keys(keys['inputs']) : [];
  const checks = resolveChecks(keys['checks'], { parts: checkParts, inputs: given, reporter });
  const place = { file, projectDir };
  const transform = await readTransform(values.transform, place, reporter);
  const { partition, target } = known;
  checkRename(values.schema?.rename ?? {}, reporter);
  if (target !== null) checkSmallFiles(read, target, reporter);
  if (partition === null) return null;
  const context = { self: name, partition, target, inputs: given.length, projectDir, datasets, reporter };
  const inputs = resolveInputs(read.inputs, context);
  checkDiscovery(partition, given, inputs, reporter);
  // An input can be missing without a problem of its own: its dataset has them.
  if (resolved === null || transform === undefined || inputs.length < read.inputs.size || reporter.count > 0)
    return null;
  checkTransform(transform, partition, inputs, place, reporter);
  checkChain(transform, inputs, values, reporter);
  if (reporter.count > 0) return null;
  return {
    name,
    file,
    ...resolved.target,
    ...resolved.partition,
    inputs,
    transform,
    checks,
    ...rulesOf(values),
  };
}

/** The last of several files may be short for want of rows, so one small file is none. */
const SMALL_FILES = 2;

function smallFilesOf(written: NonNullable<ReadDefinition['values']['stale']>['smallFiles']) {
  if (written === undefined) return null;
  return typeof written === 'number'
    ? { below: written, files: SMALL_FILES }
    : { below: written.below, files: written.files ?? SMALL_FILES };
}

/** What is written again must not be small again. */
function checkSmallFiles({ values }: ReadDefinition, target: Upstream['target'], reporter: Reporter): void {
  const small = smallFilesOf(values.stale?.smallFiles);
  const { maxFileBytes } = target.write;
  if (small === null || maxFileBytes === null || small.below <= maxFileBytes) return;
  const message = `files are split at ${formatByteSize(maxFileBytes)}, so all would be small; give less, or a larger maxFileBytes of the target`;
  reporter.at(['stale', 'smallFiles'], message);
}

/** One new name for each old one, and no chains: names are compared as SQL does, without case. */
function checkRename(rename: Readonly<Record<string, string>>, reporter: Reporter): void {
  const entries = Object.entries(rename);
  const olds = entries.map(([from]) => from.toLowerCase());
  entries.forEach(([from, to], i) => {
    const path = ['schema', 'rename', from];
    const same = entries.slice(0, i).find(([, other]) => other.toLowerCase() === to.toLowerCase());
    if (olds.includes(to.toLowerCase()))
      reporter.at(path, `'${to}' is itself renamed; give one new name to each column`);
    else if (same !== undefined) reporter.at(path, `'${same[0]}' and '${from}' would both become '${to}'`);
  });
}

/** What a partition that is made from the one before it cannot be. */
function checkChain(
  transform: Dataset['transform'],
  inputs: Dataset['inputs'],
  values: ReadDefinition['values'],
  reporter: Reporter,
): void {
  const previous = inputs.find(({ self }) => self === -1);
  if (previous === undefined) return;
  if (transform === null) {
    const message =
      'the previous partition cannot pass through as this one; write SQL that says what becomes of it';
    reporter.at(['inputs', previous.name], message, { atKey: true });
  }
  if (values.together === true) {
    const message = `each partition is made from the published one before it (${previous.name}), so they cannot be promoted together; remove it`;
    reporter.at(['together'], message, { atKey: true });
  }
}

function rulesOf(values: ReadDefinition['values']) {
  const { schema, stale, limits } = values;
  const on = stale?.on ?? ['input', 'definition'];
  return {
    schema: {
      policy: schema?.policy ?? 'additive',
      columns: schema?.columns ?? null,
      rename: schema?.rename ?? {},
    },
    stale: {
      onInput: on.includes('input'),
      onDefinition: on.includes('definition'),
      olderThan: stale?.olderThan ?? null,
      smallFiles: smallFilesOf(stale?.smallFiles),
    },
    allowEmpty: values.allowEmpty ?? false,
    together: values.together ?? false,
    rollbackKeep: values.rollback?.keep ?? 7 * DAY_MS,
    limits: {
      partitions: limits?.partitions ?? 400,
      inputBytes: limits?.inputBytes ?? null,
      memory: limits?.memory ?? null,
      timeout: limits?.timeout ?? HOUR_MS,
    },
    owner: values.owner ?? null,
    description: values.description ?? null,
    tags: values.tags ?? [],
  } as const;
}
