/**
 * Today's definition against the recorded ones. The digest of the text is cheap and nearly always decides; the
 * engine's tree is asked for only when some recorded text differs, and once per dataset.
 */
import { compareFingerprints } from '../core/fingerprint.js';
import type { Fingerprint } from '../core/fingerprint.js';
import type { Dataset } from '../dataset/dataset.js';
import { TEXT_ALGORITHM, fingerprintOf } from '../dataset/fingerprint.js';
import type { SqlTree } from '../dataset/fingerprint.js';
import type { KeyFacts } from './key-facts.js';

/** The engine's canonical tree of a query; null where it cannot make one. */
export type TreeOf = (sql: string) => Promise<SqlTree | null>;

export interface DefinitionComparison {
  /** Holds the tree's digest only if it was needed. */
  readonly fingerprint: Fingerprint;
  compare(recorded: Fingerprint | null): KeyFacts['definition'];
}

export async function compareDefinition(
  dataset: Dataset,
  recorded: Iterable<Fingerprint>,
  treeOf: TreeOf,
): Promise<DefinitionComparison> {
  const text = fingerprintOf(dataset);
  const differs = [...recorded].some((fingerprint) => compareFingerprints(text, fingerprint) !== 'equal');
  const tree = differs && dataset.transform !== null ? await treeOf(dataset.transform.sql) : null;
  const fingerprint = fingerprintOf(dataset, tree);
  return {
    fingerprint,
    compare: (before) =>
      before === null || !dataset.stale.onDefinition
        ? 'unrecorded'
        : compareFingerprints(fingerprint, before),
  };
}

/** The digest that names a definition wherever one is needed: of the text, the same whether or not a tree is known. */
export function definitionDigest(fingerprint: Fingerprint): string {
  return fingerprint.digests[TEXT_ALGORITHM] ?? Object.values(fingerprint.digests)[0] ?? '';
}
