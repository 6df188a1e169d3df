/**
 * What `doctor` reads of a bucket's settings: versioning, lifecycle rules, Object Lock. A setting that may not be read is a
 * note with the statement that would allow it, never a failure: many roles that write well may not.
 */
import type { Dataset } from '../dataset/dataset.js';
import type { RunContext } from '../run/context.js';
import { controlOf } from '../run/open-dataset.js';
import type { ObjectLock, Versioning } from '../store/bucket.js';
import type { LifecycleHazard } from '../store/lifecycle-hazards.js';
import { lifecycleHazards } from '../store/lifecycle-hazards.js';
import type { Examination, Finding } from './doctor-checks.js';

/** Stores without buckets have none of these checks. */
export async function examineBucket(
  context: Pick<RunContext, 'project' | 'stores' | 'signal'>,
  examination: Examination,
  dataset: Dataset,
): Promise<void> {
  const { root } = dataset.layout;
  const { bucket } = context.stores(root.store);
  if (!bucket) return;
  const options = context.signal ? { signal: context.signal } : {};
  const name = root.store.slice('s3://'.length, -1);
  const { prefix } = controlOf(context, dataset);
  const subject = { dataset: dataset.name, store: root.store, needed: false };
  await examination.look({ name: 'lifecycle', ...subject }, async () => {
    const rules = await bucket.lifecycle(options);
    if (rules === null) return { passed: true, evidence: 'this store has no lifecycle rules' };
    return lifecycleFinding(rules.length, lifecycleHazards(rules, name, [root.path, prefix]));
  });
  await examination.look({ name: 'versioning', ...subject }, async () => {
    const versioning = await bucket.versioning(options);
    // Whether gc may look at old versions shows only by looking.
    if (versioning === 'enabled' || versioning === 'suspended')
      await bucket.listVersions(prefix, options)[Symbol.asyncIterator]().next();
    return versioningFinding(versioning);
  });
  await examination.look({ name: 'object-lock', ...subject }, async () =>
    lockFinding(await bucket.objectLock(options)),
  );
}

/** All hazards in one finding, which fails when one of them refuses. Pure. */
export function lifecycleFinding(rules: number, hazards: readonly LifecycleHazard[]): Finding {
  if (hazards.length === 0)
    return {
      passed: true,
      evidence:
        rules === 0
          ? 'the bucket has no lifecycle rules'
          : 'no lifecycle rule of the bucket touches what lakefill rests on',
    };
  return {
    passed: false,
    needed: hazards.some(({ refuses }) => refuses),
    evidence: hazards.map(({ evidence }) => evidence).join('; '),
    hint: hazards.map(({ hint }) => hint).join(' '),
  };
}

/** Pure. */
export function versioningFinding(versioning: Versioning | null): Finding {
  const evidence = {
    enabled:
      'on: what is replaced or removed stays as an old version, until `lakefill gc` removes those of its own objects',
    suspended:
      'suspended: old versions from before stay, until `lakefill gc` removes those of its own objects',
    off: 'off: nothing is kept but what `rollback.keep` says',
  };
  return {
    passed: true,
    evidence: versioning === null ? 'this store has no versioning' : evidence[versioning],
  };
}

/** Pure. */
export function lockFinding(lock: ObjectLock | null): Finding {
  if (lock === null) return { passed: true, evidence: 'off' };
  if (lock.defaultRetention === null)
    return { passed: true, evidence: 'on, and no object is locked unless its writer asks for it' };
  return {
    passed: true,
    evidence: `on: every new object is locked (${lock.defaultRetention}); what lakefill removes is gone from listings, and stays as an old version that gc lists as kept until then`,
  };
}
