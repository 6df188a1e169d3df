/** Run documents in the control prefix: written when a run ends, read by history, retry, rollback and gc. */
import { isLakefillError } from '../core/errors.js';
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
    const stored = JSON.parse(new TextDecoder().decode(found.bytes)) as StoredRun;
    return stored.document.format === RUN_FORMAT ? stored : null;
  } catch (error) {
    if (isLakefillError(error)) throw error;
    return null;
  }
}

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
