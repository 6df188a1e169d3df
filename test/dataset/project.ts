/** A project on disk for one test, and check rules that validate as the real ones do. */
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import type { CheckPart } from '../../src/core/part.js';
import type { LakefillError } from '../../src/core/errors.js';
import type { Dataset, Project } from '../../src/dataset/dataset.js';
import { loadProject } from '../../src/dataset/load.js';
import type { Problem } from '../../src/dataset/problems.js';

const columns = z.array(z.string().min(1)).min(1);

export const checkParts: readonly CheckPart[] = [
  part('notNull', columns, (list) => `notNull(${list.join(', ')})`),
  part('unique', columns, (list) => `unique(${list.join(', ')})`),
  part(
    'rowCount',
    z.strictObject({
      min: z.int().min(0).optional(),
      max: z.int().optional(),
      vsInput: z.tuple([z.number(), z.number()]).optional(),
    }),
    () => 'rowCount',
  ),
];

function part<T>(name: string, schema: z.ZodType<T>, describe: (options: T) => string): CheckPart {
  return { name, schema, describe: (options) => describe(options as T) };
}

export type Files = Readonly<Record<string, string | Uint8Array>>;

/** Runs the action on a folder with these files, and removes the folder. */
export async function withProject<T>(files: Files, action: (dir: string) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'lakefill-project-'));
  try {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(dir, name)), { recursive: true });
      await writeFile(path.join(dir, name), text);
    }
    return await action(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

export type Env = Readonly<Record<string, string>>;

export function load(files: Files, env: Env = {}, parts = checkParts): Promise<Project> {
  return withProject(files, (dir) => loadProject({ dir, env, checkParts: parts }));
}

/** The only dataset of a project whose definition is `sales`. */
export async function loadSales(yaml: string, sql: string | null = null, env: Env = {}): Promise<Dataset> {
  const project = await load(
    { 'partitions/sales.yaml': yaml, ...(sql === null ? {} : { 'partitions/sales.sql': sql }) },
    env,
  );
  const [dataset] = project.datasets;
  if (dataset === undefined || project.datasets.length !== 1) throw new Error('expected one dataset');
  return dataset;
}

/** The problems of a project, which must have some; and the error's message. */
export async function problemsOf(
  files: Files,
  env: Env = {},
  parts = checkParts,
): Promise<{ problems: readonly Problem[]; message: string }> {
  try {
    await load(files, env, parts);
  } catch (error) {
    const { code, context, message } = error as LakefillError;
    if (code !== 'DEFINITION_INVALID') throw error;
    return { problems: context['problems'] as readonly Problem[], message };
  }
  throw new Error('the definitions were accepted');
}
