/** What `doctor` finds out by reading: whether stores answer, and whether inputs can be listed and opened. */
import { isLakefillError } from '../core/errors.js';
import type { ErrorCode } from '../core/errors.js';
import { formatLocation } from '../core/location.js';
import type { Location } from '../core/location.js';
import type { Dataset } from '../dataset/dataset.js';
import type { ObjectStore } from '../store/object-store.js';
import type { ApiContext } from './context.js';
import type { Examination, Finding } from './doctor-checks.js';

const NO_ANSWER: readonly ErrorCode[] = [
  'STORE_UNAVAILABLE',
  'STORE_TIMEOUT',
  'STORE_CREDENTIALS',
  'STORE_NOT_FOUND',
  'STORE_WRONG_REGION',
];

/** Lists a target and reads one of its objects. A store that gives no answer at all is added to `silent`. */
export async function examineListing(
  api: ApiContext,
  examination: Examination,
  root: Location,
  silent: Set<string>,
  dataset?: string,
): Promise<void> {
  const { store, path } = root;
  const subject = { name: 'list', store, prefix: path, ...(dataset === undefined ? {} : { dataset }) };
  const { error } = await examination.look(subject, () => readBelow(api.stores(store), root));
  if (givesNoAnswer(error)) silent.add(store);
}

/** One check per input. Stores in `silent` gave no answer before; those that give none now are added. */
export async function examineInputs(
  api: ApiContext,
  examination: Examination,
  dataset: Dataset,
  silent: Set<string>,
): Promise<void> {
  for (const { name, template } of dataset.inputs) {
    const { root } = template;
    if (silent.has(root.store)) continue;
    const subject = { name: 'input', dataset: dataset.name, store: root.store, prefix: root.path };
    const { error } = await examination.look(subject, async () => {
      const finding = await readBelow(api.stores(root.store), root);
      return { ...finding, evidence: `${name}: ${finding.evidence}` };
    });
    if (givesNoAnswer(error)) silent.add(root.store);
  }
}

/** Lists one page and opens the first object that has content, which asks for two permissions. */
async function readBelow(store: ObjectStore, location: Location): Promise<Finding> {
  const where = formatLocation(location);
  for await (const page of store.list(location.path)) {
    const first = page.find(({ size }) => size > 0);
    if (first === undefined) continue;
    await store.get(first.path, { range: { start: 0, end: 1 } });
    return { passed: true, evidence: `${where} can be listed, and its objects can be read` };
  }
  return { passed: true, evidence: `${where} can be listed; there is nothing to read yet` };
}

/** A refusal for want of a permission is an answer: what else is missing is worth knowing. */
function givesNoAnswer(error: unknown): boolean {
  return isLakefillError(error) && NO_ANSWER.includes(error.code);
}
