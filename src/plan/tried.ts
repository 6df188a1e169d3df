/** What was tried: definition and inputs as one digest, so that a key is not tried again and again with the same. Pure. */
import { canonicalJson, sha256 } from '../core/digest.js';
import type { Fingerprint } from '../core/fingerprint.js';
import type { InputRecord } from '../journal/entry.js';

/** Digest over the definition and the versions of all inputs, in any order. */
export function triedDigest(definition: Fingerprint, inputs: readonly InputRecord[]): string {
  const versions = inputs.map(({ name, version }) => `${name}=${version}`).sort();
  return sha256(canonicalJson({ text: definition.digests['text/1'] ?? null, versions }));
}
