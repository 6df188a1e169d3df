/** What can be published: staged files, and the proof that they were checked. The compiler refuses anything else. */
import { sha256 } from '../core/digest.js';
import type { GenerationRecord } from '../journal/entry.js';

/** A durable object under the staging prefix (or under `retained/`) of the same store as the target. */
export interface StagedFile {
  readonly path: string;
  readonly etag: string;
  readonly size: number;
  /** Lower-case hex of the bytes. */
  readonly sha256: string;
}

export interface StagedPartition {
  readonly key: string;
  /** In output order; empty: the partition becomes empty. */
  readonly files: readonly StagedFile[];
  readonly record: GenerationRecord;
}

declare const checked: unique symbol;

/** Staged output that its checks passed, or a generation that was published before. Only the three functions below make one. */
export type ValidatedPartition = StagedPartition & { readonly [checked]: true };

/** The staged partition as validated, or null when its verdict refuses it. */
export function validated(
  staged: StagedPartition,
  verdict: { readonly passed: boolean },
): ValidatedPartition | null {
  return verdict.passed ? (staged as ValidatedPartition) : null;
}

/**
 * Output that an earlier run staged, whose files were verified byte by byte just now; null when the verdict that was recorded
 * beside it refuses it, or is about other files.
 */
export function reaffirmed(
  staged: StagedPartition,
  recorded: { readonly passed: boolean; readonly contentHash: string | null },
): ValidatedPartition | null {
  const same = recorded.contentHash === contentHash(staged.files);
  return recorded.passed && same ? (staged as ValidatedPartition) : null;
}

/** A retained generation whose files were verified byte by byte against the journal just now. */
export function restored(staged: StagedPartition): ValidatedPartition {
  return staged as ValidatedPartition;
}

/** Content hash of a partition: SHA-256 over its files' SHA-256 in order. */
export function contentHash(files: readonly { readonly sha256: string }[]): string {
  return sha256(files.map((file) => file.sha256).join('\n'));
}
