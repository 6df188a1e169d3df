/** Run documents in the control prefix: written when a run ends, read by history, retry, rollback and gc. */
import { z } from 'zod';
import type { ControlPaths } from '../journal/control.js';
import { listAll } from '../store/object-store.js';
import type { CallOptions, ObjectStore } from '../store/object-store.js';
import { RUN_FORMAT } from './run-document.js';
import type { RunDocument } from './run-document.js';

/** What is stored beside the document: until when the staged files of the run are kept, ISO. */
export interface StoredRun {
  readonly document: RunDocument;
  readonly stagingExpires: string;
}

export async function saveRun(store: ObjectStore, control: ControlPaths, stored: StoredRun): Promise<void> {
  await store.put(
    pathOf(control, stored.document.id),
    { bytes: new TextEncoder().encode(JSON.stringify(stored)) },
    { kind: 'overwrite' },
  );
}

/** The stored run, or null when there is none (or not one of this format). */
export async function loadRun(
  store: ObjectStore,
  control: ControlPaths,
  run: string,
  options: CallOptions = {},
): Promise<StoredRun | null> {
  const found = await store.get(pathOf(control, run), options);
  if (found.outcome !== 'found') return null;
  try {
    const json: unknown = JSON.parse(new TextDecoder().decode(found.bytes));
    return storedShape.safeParse(json).success ? (json as StoredRun) : null;
  } catch {
    return null;
  }
}

const text = z.string();
const instant = text.refine((value) => !Number.isNaN(Date.parse(value)));
const partition = z.looseObject({
  key: text,
  outcome: text,
  generation: z.int().nullable(),
  files: z.int(),
  bytes: z.int(),
  checks: z.array(z.looseObject({})),
  error: z.looseObject({ code: text, message: text, hint: text.nullable() }).nullable(),
});

/** What the readers of a stored run rest on; a document without it is none. */
const storedShape = z.looseObject({
  stagingExpires: instant,
  document: z.looseObject({
    format: z.literal(RUN_FORMAT),
    id: text,
    plan: text,
    command: text,
    startedAt: instant,
    endedAt: instant,
    exitCode: z.int(),
    counts: z.record(text, z.int()),
    options: z
      .looseObject({ batch: text.nullable(), stageOnly: z.boolean(), together: z.boolean() })
      .optional(),
    datasets: z.array(z.looseObject({ dataset: text, target: text, partitions: z.array(partition) })),
  }),
});

/** Ids of the stored runs, newest first. */
export async function listRuns(
  store: ObjectStore,
  control: ControlPaths,
  options: CallOptions = {},
): Promise<string[]> {
  const objects = await listAll(store, control.runs, options);
  return objects.map((object) => object.path.slice(control.runs.length).replace(/\.json$/, '')).reverse();
}

function pathOf(control: ControlPaths, run: string): string {
  return `${control.runs}${run}.json`;
}
