/** `--shard 2/8`: a stable share of the keys, for fan-out by an orchestrator. Pure. */
import { LakefillError } from '../core/errors.js';
import { sha256 } from '../core/digest.js';

export interface Shard {
  /** 1-based. */
  readonly index: number;
  readonly count: number;
}

/** SELECTION_INVALID unless the text is `i/n` with 1 <= i <= n. */
export function readShard(text: string): Shard {
  const match = /^(\d+)\/(\d+)$/.exec(text.trim());
  const [index, count] = [Number(match?.[1]), Number(match?.[2])];
  if (match !== null && index >= 1 && index <= count && Number.isSafeInteger(count)) return { index, count };
  throw new LakefillError(
    'SELECTION_INVALID',
    `--shard '${text}' is not one of n shards. Nothing was done.`,
    {
      hint: 'Write 1/8 to 8/8 for eight shards.',
      context: { shard: text },
    },
  );
}

/** Every key is in exactly one of `count` shards, the same one on every machine and in every version. */
export function isInShard({ index, count }: Shard, dataset: string, key: string): boolean {
  // 48 bits are exact in a double.
  const hash = Number.parseInt(sha256(`${dataset}/${key}`).slice(0, 12), 16);
  return hash % count === index - 1;
}
