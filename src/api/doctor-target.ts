/**
 * What `doctor` finds out by writing below a dataset's control prefix: permissions, the store's clock, and what the store
 * enforces, which is remembered for the runs to come. At the target itself an upload is begun and given up, and a name
 * that nothing uses is deleted: nothing ever shows there.
 */
import { isLakefillError } from '../core/errors.js';
import { randomId } from '../core/id.js';
import { formatLocation } from '../core/location.js';
import type { Dataset } from '../dataset/dataset.js';
import type { ControlPaths } from '../journal/control.js';
import type { RunContext } from '../run/context.js';
import { controlOf } from '../run/open-dataset.js';
import { remember } from '../run/proven-store.js';
import { tryTarget } from '../run/try-target.js';
import type { ObjectInfo, ObjectStore } from '../store/object-store.js';
import { probeStore } from '../store/probe.js';
import type { Examination, Finding } from './doctor-checks.js';
import { removeEmptyFolders } from './doctor-disk.js';

/** Without these no command writes, or nothing that is read can be believed. */
const NEEDED = ['put-if-absent', 'complete-after-abort', 'pagination'];
const MOST_SKEW_MS = 60_000;

interface Target {
  readonly store: ObjectStore;
  readonly control: ControlPaths;
  readonly dataset: Dataset;
  readonly subject: { readonly dataset: string; readonly store: string; readonly prefix: string };
  /** Prefix of everything that this examination writes; never used before. */
  readonly folder: string;
}

/** False when the control prefix cannot be written and deleted from, so that no probe makes sense. */
export async function examineTarget(
  context: RunContext,
  examination: Examination,
  dataset: Dataset,
): Promise<boolean> {
  const control = controlOf(context, dataset);
  const { store: url } = dataset.layout.root;
  const target: Target = {
    store: context.stores(url),
    control,
    dataset,
    subject: { dataset: dataset.name, store: url, prefix: control.prefix },
    folder: `${control.prefix}doctor-${randomId()}/`,
  };
  const written = await examineWriting(context, examination, target);
  const usable = written && (await examineDeleting(examination, target));
  if (usable) {
    await examineRoot(examination, target);
    await examineEnforcement(context, examination, target);
  } else {
    examination.add(
      { name: 'enforcement', ...target.subject },
      {
        passed: false,
        evidence: 'not tried: probe objects could not be written and removed',
        hint: 'Correct the failures above, then run `lakefill doctor` again.',
      },
      0,
    );
  }
  if (target.store.folders) await removeEmptyFolders(`/${target.folder}`);
  return usable;
}

async function examineWriting(
  { clock }: RunContext,
  examination: Examination,
  { store, control, subject, folder }: Target,
): Promise<boolean> {
  const probe = probeOf(folder);
  const found: { object: ObjectInfo | null; before: number; after: number } = {
    object: null,
    before: 0,
    after: 0,
  };
  const where = formatLocation({ store: subject.store, path: control.prefix });
  const { passed } = await examination.look({ name: 'write', ...subject }, async () => {
    found.before = clock.now();
    await store.put(probe, { bytes: new TextEncoder().encode(probe) }, { kind: 'overwrite' });
    found.after = clock.now();
    found.object = await store.head(probe);
    const back = await store.get(probe);
    const same = back.outcome === 'found' && new TextDecoder().decode(back.bytes) === probe;
    return same
      ? { passed: true, evidence: `an object was written to ${where} and read back` }
      : {
          passed: false,
          evidence: `an object was written to ${where} and did not read back as written`,
          hint: 'Do not use this store: it loses writes or shows them late. Report it to the vendor.',
        };
  });
  const { object, before, after } = found;
  if (object !== null)
    await examination.look({ name: 'clock', ...subject }, () =>
      Promise.resolve(clockFinding(object.lastModified, before, after)),
    );
  return passed;
}

/** Stores keep whole seconds, so a second less than `before` is no difference. Pure; all in milliseconds. */
export function clockFinding(lastModified: number, before: number, after: number): Finding {
  const ahead = Math.max(0, lastModified - after);
  const behind = Math.max(0, before - 1000 - lastModified);
  const seconds = Math.round(Math.max(ahead, behind) / 1000);
  if (ahead + behind <= MOST_SKEW_MS)
    return {
      passed: true,
      evidence:
        seconds === 0
          ? "this machine's clock and the store's agree to the second"
          : `this machine's clock and the store's differ by about ${seconds} s`,
    };
  return {
    passed: false,
    needed: false,
    evidence: `the store's clock is ${seconds} s ${ahead > 0 ? 'ahead of' : 'behind'} this machine's`,
    hint: "Set this machine's clock (NTP): what is due, and requests that are signed, depend on it.",
  };
}

async function examineDeleting(
  examination: Examination,
  { store, subject, folder }: Target,
): Promise<boolean> {
  const probe = probeOf(folder);
  const where = formatLocation({ store: subject.store, path: probe });
  const { passed, error } = await examination.look({ name: 'delete', ...subject }, async () => {
    await store.delete([{ path: probe, etag: null }]);
    return (await store.head(probe)) === null
      ? { passed: true, evidence: 'the object was deleted and is gone' }
      : {
          passed: false,
          evidence: `the deletion of ${where} was accepted, and the object is still there`,
          hint: 'Look for a retention rule or an object lock on the control prefix and lift it there.',
        };
  });
  return passed && error === null;
}

const probeOf = (folder: string) => `${folder}object`;

/** A role may be allowed to write beside the target and not in it. */
async function examineRoot(
  examination: Examination,
  { store, dataset, subject, folder }: Target,
): Promise<void> {
  const { root } = dataset.layout;
  await examination.look({ name: 'target', ...subject, prefix: root.path }, async () => {
    const outcome = await tryTarget(store, root.path, folder);
    const where = formatLocation(root);
    return outcome === 'done'
      ? { passed: true, evidence: `an upload to ${where} was begun and given up, and deleting is allowed` }
      : {
          passed: false,
          evidence: `an upload to ${where} could not be begun: its source was ${outcome}`,
          hint: 'Keep other programs away from the control prefix, then run `lakefill doctor` again.',
        };
  });
}

async function examineEnforcement(
  context: RunContext,
  examination: Examination,
  { store, control, subject, folder }: Target,
): Promise<void> {
  try {
    const results = await probeStore(store, folder, {
      clock: context.clock,
      ...(context.signal ? { signal: context.signal } : {}),
    });
    for (const { name, passed, evidence, hint, seconds } of results)
      examination.add(
        { name, ...subject },
        { passed, evidence, hint, needed: NEEDED.includes(name) },
        seconds,
      );
    if (context.mustProbe(subject.store)) await remember(context, store, control, results);
  } catch (error) {
    if (isLakefillError(error, 'CANCELLED')) throw error;
    await examination.look({ name: 'enforcement', ...subject }, () => Promise.reject(error as Error));
  }
}
