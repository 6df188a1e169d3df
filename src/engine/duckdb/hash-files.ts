/** Size and SHA-256 of written files, read back from the disk. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { OutputFile } from '../transform-engine.js';

export async function hashFiles(
  files: readonly string[],
  rowsOf: ReadonlyMap<string, number>,
): Promise<OutputFile[]> {
  const hashed: OutputFile[] = [];
  for (const file of files) {
    const hash = createHash('sha256');
    let size = 0;
    for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
      hash.update(chunk);
      size += chunk.length;
    }
    hashed.push({ file, size, rows: rowsOf.get(file) ?? 0, sha256: hash.digest('hex') });
  }
  return hashed;
}
