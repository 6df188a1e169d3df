/** `inputs` resolved: what each view reads, how it is cut in time, in which format. */
import { parseInputTemplate } from '../../core/input-template.js';
import type { InputTemplate } from '../../core/input-template.js';
import { parseLocation } from '../../core/location.js';
import type { InputFormat } from '../../engine/transform-engine.js';
import type { DatasetInput } from '../dataset.js';
import type { Reporter } from '../reporter.js';
import { OPTIONS_OF_FORMAT } from '../schema/reader-options.js';
import type { DatasetInputDefinition, InputDefinition, LakeInputDefinition } from '../schema/inputs.js';
import type { Path } from '../yaml/source.js';
import { attempt } from './attempt.js';
import { resolveTimezone } from './partition.js';
import type { ResolvedPartition } from './partition.js';
import { resolveSelf } from './self-input.js';
import type { ResolvedTarget } from './target.js';
import { templateVariables } from './template-variables.js';

/** What inputs may refer to of another dataset. */
export interface Upstream {
  readonly partition: ResolvedPartition;
  readonly target: ResolvedTarget;
}

export interface InputContext {
  /** Name of the dataset whose inputs these are. */
  readonly self: string;
  readonly partition: ResolvedPartition;
  /** Null when it has problems. */
  readonly target: ResolvedTarget | null;
  /** How many inputs the definition gives. */
  readonly inputs: number;
  readonly projectDir: string;
  /** Other datasets by name; null for one whose own definition has problems. */
  readonly datasets: ReadonlyMap<string, Upstream | null>;
  readonly reporter: Reporter;
}

/** The inputs that are right; problems were reported for the others. */
export function resolveInputs(
  definitions: ReadonlyMap<string, InputDefinition>,
  context: InputContext,
): DatasetInput[] {
  const names = [...definitions.keys()];
  return [...definitions].flatMap(([name, definition], i) => {
    checkName(name, names.slice(0, i), context);
    const path: Path = ['inputs', name];
    if (typeof definition === 'string') return resolveLake(name, { url: definition }, path, context) ?? [];
    if ('dataset' in definition) return resolveDataset(name, definition, context) ?? [];
    if ('self' in definition) return resolveSelf(name, definition, context) ?? [];
    return resolveLake(name, definition, [...path, 'url'], context) ?? [];
  });
}

function checkName(name: string, before: readonly string[], { reporter }: InputContext): void {
  const same = before.find((other) => other.toLowerCase() === name.toLowerCase());
  const problem =
    name.toLowerCase() === 'output'
      ? "'output' is the name of the result in checks; choose another name"
      : same !== undefined && `'${name}' and '${same}' differ in case only, and SQL does not tell them apart`;
  if (problem) reporter.at(['inputs', name], problem, { atKey: true });
}

function resolveLake(
  name: string,
  definition: LakeInputDefinition,
  urlPath: Path,
  { partition, projectDir, reporter }: InputContext,
): DatasetInput | null {
  const before = reporter.count;
  const { time } = partition;
  const timezonePath = ['inputs', name, 'timezone'];
  const timezone = resolveTimezone(definition.timezone ?? time?.timezone ?? 'UTC', timezonePath, reporter);
  const format = definition.format ?? formatOf(definition.url);
  if (format === null) {
    const message =
      "the template's extension does not tell the format; add format: parquet, csv, json or ndjson";
    reporter.at(urlPath, message);
  }
  if (timezone === null) return null;
  const grain = definition.grain ?? time?.grain ?? null;
  const variables = templateVariables(partition, grain === null ? null : { grain, timezone });
  const template = attempt(
    reporter,
    urlPath,
    () => parseInputTemplate(definition.url, (root) => parseLocation(root, projectDir), variables),
    (hint) => hint.replace(/give '\w+' a coarser grain/, "set 'grain' of this input"),
  );
  if (format !== null) checkOptions(name, definition, format, reporter);
  if (template === null || format === null) return null;
  const timed = time !== null && template.variables.includes(time.name);
  if (!timed) checkUntimed(name, definition, time?.name ?? null, reporter);
  checkSource(name, definition, template, time !== null, reporter);
  if (reporter.count !== before) return null;
  return {
    name,
    template,
    dataset: null,
    upstream: null,
    self: null,
    grain: timed ? grain : null,
    timezone,
    format,
    options: definition.options ?? {},
    ...readingOf(definition, template.variables.length > 0),
    marker: definition.marker ?? null,
    keeps: definition.keeps ?? null,
  };
}

/** What the source does must be something that partitions can be told by. */
function checkSource(
  name: string,
  { marker, keeps }: LakeInputDefinition,
  { foldersTellUnits }: InputTemplate,
  hasTime: boolean,
  reporter: Reporter,
): void {
  if (marker !== undefined && !foldersTellUnits) {
    const message = `one '${marker}' would stand for several units: a variable of the template stands in a file name or below a glob; give each unit a folder, or remove it`;
    reporter.at(['inputs', name, 'marker'], message);
  }
  if (keeps !== undefined && !hasTime) {
    const message =
      "'keeps' has no effect: no partition is older than another without a variable of time; remove it";
    reporter.at(['inputs', name, 'keeps'], message, { atKey: true });
  }
}

function checkOptions(
  name: string,
  definition: LakeInputDefinition,
  format: InputFormat,
  reporter: Reporter,
): void {
  const allowed = OPTIONS_OF_FORMAT[format];
  for (const option of Object.keys(definition.options ?? {})) {
    if (allowed.some((taken) => taken === option)) continue;
    reporter.at(['inputs', name, 'options', option], `${format} has no option '${option}'`, {
      atKey: true,
      allowed,
    });
  }
}

/** Keys about time mean nothing for an input that time does not cut. */
function checkUntimed(
  name: string,
  definition: LakeInputDefinition | DatasetInputDefinition,
  time: string | null,
  reporter: Reporter,
): void {
  const remedy = time === null ? 'remove it' : `add {${time}} to the template, or remove it`;
  for (const key of ['grain', 'timezone', 'window'] as const) {
    if ((definition as LakeInputDefinition)[key] === undefined) continue;
    const message = `'${key}' has no effect: no variable of time cuts this input; ${remedy}`;
    reporter.at(['inputs', name, key], message, { atKey: true });
  }
}

function resolveDataset(
  name: string,
  definition: DatasetInputDefinition,
  { self, partition, projectDir, datasets, reporter }: InputContext,
): DatasetInput | null {
  const before = reporter.count;
  const path: Path = ['inputs', name, 'dataset'];
  const upstream = datasets.get(definition.dataset);
  if (upstream === undefined) {
    const allowed = [...datasets.keys()].filter((other) => other !== self);
    const details = { allowed, word: definition.dataset };
    reporter.at(path, `unknown dataset '${definition.dataset}'`, details);
  }
  if (!upstream) return null;
  const cut = upstream.partition.time;
  const text = translate(upstream, partition);
  const variables = templateVariables(partition, cut);
  const template = attempt(reporter, path, () =>
    parseInputTemplate(text, (root) => parseLocation(root, projectDir), variables),
  );
  if (template === null) return null;
  const timed = partition.time !== null && template.variables.includes(partition.time.name);
  if (!timed) checkUntimed(name, definition, null, reporter);
  if (reporter.count !== before) return null;
  return {
    name,
    template,
    dataset: definition.dataset,
    upstream:
      timed && cut !== null ? { start: startOf(cut.start), end: cut.end, exclude: cut.exclude } : null,
    self: null,
    grain: timed ? (cut?.grain ?? null) : null,
    timezone: cut?.timezone ?? 'UTC',
    format: 'parquet',
    options: definition.options ?? {},
    ...readingOf(definition, template.variables.length > 0),
  };
}

function startOf(start: NonNullable<ResolvedPartition['time']>['start']): string | null {
  return 'value' in start ? start.value : null;
}

/** The upstream target's template in the words of this dataset: its time variable renamed, variables unknown here read whole. */
function translate({ partition: theirs, target }: Upstream, ours: ResolvedPartition): string {
  const shared = new Set(ours.values.map(({ name }) => name));
  return target.target.replace(
    /\{(\w+)((?::(?:'[^']*'|[^'{}])*)?)\}/g,
    (_, variable: string, pattern: string) => {
      if (variable === theirs.time?.name) return ours.time === null ? '*' : `{${ours.time.name}${pattern}}`;
      return shared.has(variable) ? `{${variable}}` : '*';
    },
  );
}

function readingOf(
  definition: Pick<LakeInputDefinition, 'window' | 'require' | 'onChange'>,
  cut: boolean,
): Pick<DatasetInput, 'window' | 'require' | 'onChange' | 'marker' | 'keeps'> {
  const [first = 0, last = 0] = (definition.window ?? '0..0').split('..').map(Number);
  return {
    window: [first, last],
    require: definition.require ?? 'all',
    onChange: definition.onChange ?? (cut ? 'stale' : 'ignore'),
    marker: null,
    keeps: null,
  };
}

const EXTENSION = /\.(parquet|csv|json|ndjson)(?:\.(?:gz|zst))?$/i;

function formatOf(template: string): InputFormat | null {
  return (EXTENSION.exec(template)?.[1]?.toLowerCase() as InputFormat | undefined) ?? null;
}
