/** What was tried for a key: the digest by which a try is recognised when it is about to be repeated. Pure. */
import { canonicalJson, sha256 } from '../core/digest.js';
import type { Fingerprint } from '../core/fingerprint.js';
import type { InputRecord, KeyState } from '../journal/entry.js';
import { definitionDigest } from '../scan/definition-comparison.js';

/** Digest of a definition and of the versions of every input, tracked or not. Order of the inputs does not matter. */
export function triedDigest(
  definition: Fingerprint,
  inputs: readonly Pick<InputRecord, 'name' | 'version'>[],
): string {
  const versions = Object.fromEntries(inputs.map(({ name, version }) => [name, version]));
  return sha256(canonicalJson({ definition: definitionDigest(definition), versions }));
}

/** Failures may pass by themselves; only this many in a row count. */
const FAILURES = 3;

/** True when something was tried for the key at all: without it there is no need for a digest. */
export function wasTried(state: KeyState | null): state is KeyState {
  return state !== null && (state.lastEnded !== null || state.undone !== null);
}

/** Why the same try is not worth repeating, or null. */
export function whyNotAgain(state: KeyState, tried: string): string | null {
  if (state.undone?.tried === tried)
    return `run ${state.undone.run} made it from the same definition and inputs and was rolled back`;
  const ended = state.lastEnded;
  if (!ended || ended.tried !== tried) return null;
  if (ended.outcome === 'rejected') return `run ${ended.run} was rejected: ${ended.message}`;
  if (ended.outcome === 'failed' && ended.times >= FAILURES)
    return `it failed ${ended.times} times in a row, last in run ${ended.run}: ${ended.message}`;
  return null;
}
