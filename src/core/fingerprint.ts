/** Fingerprints of definitions: digests by the name of their algorithm. */

export interface Fingerprint {
  /** Algorithm name -> lower-case hex digest, such as `{ "text/1": ..., "tree/duckdb-1.5.6": ... }`. */
  readonly digests: Readonly<Record<string, string>>;
}

/**
 * `equal` when any algorithm that both have agrees; `different` when they share one and none agrees;
 * `incomparable` when they share none (then nothing is called stale for it).
 */
export function compareFingerprints(a: Fingerprint, b: Fingerprint): 'equal' | 'different' | 'incomparable' {
  const shared = Object.keys(a.digests).filter((name) => name in b.digests);
  if (shared.length === 0) return 'incomparable';
  return shared.some((name) => a.digests[name] === b.digests[name]) ? 'equal' : 'different';
}
