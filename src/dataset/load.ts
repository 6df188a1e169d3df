/**
 * Loads a project: finds it, reads `lakefill.yaml` and every definition, and gives datasets with every default filled
 * in, or one error with every problem of every file. Reads local files only; touches no store and runs no SQL.
 */
import path from 'node:path';
import type { CheckPart } from '../core/part.js';
import type { Dataset, Project } from './dataset.js';
import { isMapping, mergeDefaults } from './merge.js';
import { Problems } from './problems.js';
import type { DefinitionFile, FileText } from './project-files.js';
import { findDefinitions, findProject, readText, SETTINGS_FILE } from './project-files.js';
import { Reporter } from './reporter.js';
import type { Layer } from './reporter.js';
import { checkAcross } from './resolve/across.js';
import type { ReportedDataset } from './resolve/across.js';
import { draft, finish } from './resolve/dataset.js';
import type { Definition } from './resolve/dataset.js';
import type { Upstream } from './resolve/inputs.js';
import { resolveSettings } from './resolve/settings.js';
import { Variables } from './variables.js';
import { isTakenAsWritten } from './yaml/as-written.js';
import type { YamlSource } from './yaml/source.js';
import { emptySource, readYaml } from './yaml/source.js';

export interface LoadOptions {
  /** The project's folder or one below it. */
  readonly dir: string;
  /** Environment variables for `${NAME}` in values. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The rules that may stand under `checks`. */
  readonly checkParts: readonly CheckPart[];
}

/**
 * The project at or above `dir`. Throws PROJECT_NOT_FOUND, or DEFINITION_INVALID with `context.problems`: every problem
 * of every file, each with file, line and column.
 */
export async function loadProject({ dir, env, checkParts }: LoadOptions): Promise<Project> {
  const projectDir = await findProject(dir);
  const load = new Load(projectDir, new Variables(env));
  const { settings, datasets: folder, defaults, layer } = await load.settings();
  const files = await load.definitions(folder, layer);
  const drafts = files
    .flatMap((file) => load.definition(file, defaults, layer) ?? [])
    .map((d) => draft(d, projectDir));
  const upstreams = new Map<string, Upstream | null>(files.map(({ name }) => [name, null]));
  for (const { name, resolved } of drafts) upstreams.set(name, resolved);
  const finished: ReportedDataset[] = [];
  for (const each of drafts) {
    const dataset = await finish(each, upstreams, projectDir, checkParts);
    if (dataset !== null) finished.push({ dataset, reporter: each.reporter });
  }
  checkAcross(finished);
  load.problems.throwIfAny(projectDir);
  return { settings, datasets: finished.map(({ dataset }): Dataset => dataset) };
}

/** One load: what its files share. */
class Load {
  readonly problems = new Problems();

  constructor(
    private readonly projectDir: string,
    private readonly variables: Variables,
  ) {}

  async settings() {
    const content = await readText(path.join(this.projectDir, SETTINGS_FILE));
    const layer = this.#layer(path.join(this.projectDir, SETTINGS_FILE), content ?? { text: '' }, []);
    const below: Layer = { ...layer, prefix: ['defaults'] };
    const resolved = resolveSettings(
      layer.source.data,
      this.projectDir,
      this.#reporter([layer]),
      this.#reporter([below]),
    );
    return { ...resolved, layer: below };
  }

  /** In order of name; a folder that does not exist is a problem of the settings. */
  async definitions(folder: string, settings: Layer): Promise<readonly DefinitionFile[]> {
    const found = await findDefinitions(folder);
    if (found === null) {
      const reporter = this.#reporter([{ ...settings, prefix: [] }]);
      reporter.at(['datasets'], `the folder ${folder} does not exist; create it for the definitions`);
      return [];
    }
    for (const { file, message } of found.other) this.#fileProblem(file, message);
    return found.definitions;
  }

  /** Null when the file gives no data, but problems, which are reported then. */
  definition({ name, file, content }: DefinitionFile, defaults: unknown, below: Layer): Definition | null {
    const layer = this.#layer(file, content, []);
    const reporter = this.#reporter([layer, below]);
    if (!isDatasetName(name)) {
      reporter.at(
        [],
        `the name '${name}' is no dataset name; use letters, digits, '_', '-' and '.' in file and folder names`,
      );
    }
    const { data, problems } = layer.source;
    if ('refused' in content || (data === undefined && problems.length > 0)) return null;
    return { name, file, raw: isMapping(data) ? mergeDefaults(defaults, data) : data, reporter };
  }

  #reporter(layers: readonly [Layer, ...Layer[]]): Reporter {
    return new Reporter(layers, this.problems, this.variables);
  }

  #layer(file: string, content: FileText, prefix: Layer['prefix']): Layer {
    const layer: Layer = { file: this.#shown(file), source: this.#source(content), prefix };
    if ('refused' in content) this.#fileProblem(file, content.refused);
    const reporter = this.#reporter([layer]);
    for (const problem of layer.source.problems) reporter.placed(problem);
    return layer;
  }

  #source(content: FileText): YamlSource {
    if ('refused' in content) return emptySource;
    return readYaml(content.text, { variables: this.variables, asWritten: isTakenAsWritten });
  }

  #fileProblem(file: string, message: string): void {
    this.#reporter([{ file: this.#shown(file), source: emptySource, prefix: [] }]).at([], message);
  }

  #shown(file: string): string {
    return path.relative(this.projectDir, file).split(path.sep).join('/');
  }
}

function isDatasetName(name: string): boolean {
  return name.split('/').every((segment) => /^[A-Za-z0-9][\w.-]*$/.test(segment));
}
