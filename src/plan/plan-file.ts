/** Plans as files: saved whole or not at all, and checked when loaded. A file edited by hand is refused where it is no plan. */
import { randomBytes } from 'node:crypto';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { LakefillError, messageOf } from '../core/errors.js';
import { STATUSES } from '../scan/status.js';
import { errnoOf } from '../store/local/errors.js';
import { PLAN_FORMAT } from './plan.js';
import type { Plan } from './plan.js';

const text = z.string();
const count = z.int().min(0);
const reason = z.object({ code: text, message: text });
const instant = z.string().refine((value) => !Number.isNaN(Date.parse(value)), 'is no instant');

const input = z.union([
  z.object({ name: text, objects: count, bytes: count, version: text }),
  z.object({ name: text, tasks: z.array(text).min(1) }),
]);

const task = z.object({
  key: text.min(1),
  action: z.enum(['create', 'replace']),
  start: instant.nullable(),
  end: instant.nullable(),
  reasons: z.array(reason),
  inputs: z.array(input),
  base: z.object({ generation: count.nullable(), objects: count, bytes: count, version: text }),
});

const held = z.object({
  key: text,
  code: text,
  message: text,
  hint: text,
  status: z.enum(STATUSES).optional(),
  start: instant.nullish(),
  end: instant.nullish(),
});

const datasetPlan = z.object({
  dataset: text,
  target: text,
  definition: text,
  journalSequence: count,
  checks: text,
  warnings: z.array(text),
  guarantee: text,
  tasks: z.array(task),
  held: z.array(held),
  unknown: z.array(held).default([]),
  fresh: count,
});

const planSchema = z.object({
  format: z.literal(PLAN_FORMAT),
  id: z.string().regex(/^[\w.-]+$/, 'is no id'),
  createdAt: instant,
  asOf: instant,
  reason: text.nullable(),
  requestedBy: text,
  options: z.object({
    concurrency: count.nullable(),
    batch: text.nullable(),
    order: z.enum(['oldest', 'newest']),
    canary: z.boolean(),
    maxFailures: count.nullable(),
    stageOnly: z.boolean(),
    together: z.boolean(),
    accept: z.array(text),
  }),
  datasets: z.array(datasetPlan),
  refused: z.object({ code: text, message: text, hint: text }).nullable(),
  estimate: z.object({
    partitions: count,
    readBytes: count,
    writeBytes: count,
    requests: count,
    seconds: z.number().nullable(),
  }),
}) satisfies z.ZodType<Plan>;

/** The plan as text, one line. */
export function encodePlan(plan: Plan): string {
  return `${JSON.stringify(plan)}\n`;
}

/** Reads a plan. PLAN_INVALID says what is wrong and where; `source` names it in messages. Unknown members are left out. */
export function decodePlan(content: string, source: string): Plan {
  let json: unknown;
  try {
    json = JSON.parse(content);
  } catch (error) {
    throw invalid(source, `is not JSON (${messageOf(error)})`);
  }
  const format = (json as { format?: unknown } | null)?.format;
  if (format !== PLAN_FORMAT)
    throw invalid(
      source,
      `has the format ${JSON.stringify(format ?? null)}, and this version reads ${PLAN_FORMAT}`,
    );
  const parsed = planSchema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw invalid(source, `is wrong at ${issue!.path.join('.') || 'its top'}: ${issue!.message}`);
  }
  const contradiction = contradictionIn(parsed.data);
  if (contradiction !== null) throw invalid(source, `is wrong at ${contradiction}`);
  return parsed.data;
}

/** What no plan of ours says, with its place: the same work twice, work that waits for none, acceptance without a reason. */
function contradictionIn({ datasets, options, reason: why }: Plan): string | null {
  if (options.accept.length > 0 && (why ?? '').trim() === '')
    return 'options.accept: a check is accepted only with a reason, and the plan has none';
  const names = datasets.map(({ dataset }) => dataset);
  const again = names.findIndex((name, i) => names.indexOf(name) !== i);
  if (again >= 0) return `datasets.${again}.dataset: ${names[again]} is there already`;
  const ids = new Map<string, string>();
  for (const [d, { dataset, tasks }] of datasets.entries()) {
    for (const [t, { key }] of tasks.entries()) {
      const place = `datasets.${d}.tasks.${t}.key`;
      const first = ids.get(`${dataset}/${key}`);
      if (first !== undefined) return `${place}: ${key} is a task already, at ${first}`;
      ids.set(`${dataset}/${key}`, place);
    }
  }
  for (const [d, { tasks }] of datasets.entries())
    for (const [t, { inputs }] of tasks.entries())
      for (const [i, one] of inputs.entries()) {
        const lost = 'tasks' in one ? one.tasks.find((id) => !ids.has(id)) : undefined;
        if (lost !== undefined)
          return `datasets.${d}.tasks.${t}.inputs.${i}.tasks: ${lost} is no task of the plan`;
      }
  return null;
}

/** Writes the file whole or not at all: a reader sees the plan before or this one. USAGE when it cannot be written. */
export async function savePlan(plan: Plan, file: string): Promise<void> {
  const temporary = `${file}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    const handle = await open(temporary, 'wx');
    try {
      await handle.writeFile(encodePlan(plan));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw new LakefillError(
      'USAGE',
      `The plan could not be saved as ${file}: ${whyUnsaved(error, file)}. Nothing was run.`,
      {
        hint: 'Give a file in an existing folder that you may write.',
        context: { file },
        cause: error,
      },
    );
  }
}

/** In words: the system's own name the temporary file. */
function whyUnsaved(error: unknown, file: string): string {
  switch (errnoOf(error)) {
    case 'ENOENT':
      return `there is no folder ${dirname(file)}`;
    case 'ENOTDIR':
      return `${dirname(file)} is no folder`;
    case 'EISDIR':
      return 'a folder stands there';
    case 'EACCES':
    case 'EPERM':
      return `this user may not write in ${dirname(file)}`;
    case 'EROFS':
      return 'the file system is mounted read-only';
    default:
      return messageOf(error);
  }
}

/** The plan in the file. PLAN_INVALID when it cannot be read or is no plan. */
export async function loadPlan(file: string): Promise<Plan> {
  let content: string;
  try {
    // A pipe would be waited for, and no signal ends that.
    if (!(await stat(file)).isFile()) throw new Error('it is no regular file');
    content = await readFile(file, 'utf8');
  } catch (error) {
    throw invalid(file, `cannot be read (${messageOf(error)})`);
  }
  return decodePlan(content, file);
}

function invalid(source: string, what: string): LakefillError {
  return new LakefillError('PLAN_INVALID', `The plan ${source} ${what}. Nothing was done.`, {
    hint: 'Make it again: lakefill plan --out FILE.',
    context: { file: source },
  });
}
