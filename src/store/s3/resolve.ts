/**
 * Answers the question "did it land?" after a write whose result is unknown (5xx, timeout, reset, 200 with an error):
 * by reading what is there. The mark is metadata that only this try wrote.
 */
import { isLakefillError } from '../../core/errors.js';
import { WRITE_METADATA } from './checksum.js';
import { headObject, infoOf } from './read.js';
import type { S3Context } from './context.js';
import type { ObjectInfo } from '../object-store.js';
import type { HeadObjectCommandOutput } from '@aws-sdk/client-s3';

const LOOKS = 3;

/** The object, if it is there and `ours` says so; null when it is absent, another's, or cannot be seen now. */
export async function landed(
  context: S3Context,
  path: string,
  ours: (head: HeadObjectCommandOutput) => boolean,
): Promise<ObjectInfo | null> {
  for (let look = 1; look <= LOOKS; look += 1) {
    try {
      // Not given up when the command is interrupted: what landed must be known, and each look is bounded.
      const head = await headObject(context, path);
      if (head === null || !ours(head.output)) return null;
      return infoOf(path, head.output, head.output.ContentLength ?? 0);
    } catch (error) {
      if (!isLakefillError(error) || !error.retryable) return null;
      if (look < LOOKS) await context.clock.sleep(Math.random() * 200 * 2 ** look);
    }
  }
  return null;
}

export const hasMark =
  (mark: string) =>
  (head: HeadObjectCommandOutput): boolean =>
    head.Metadata?.[WRITE_METADATA] === mark;
