/** Staged files: the output of a job, durable under the staging prefix of the target's own store. */
import { LakefillError } from '../core/errors.js';
import type { TransformResult } from '../engine/transform-engine.js';
import type { StagedFile } from '../publish/content.js';
import type { DatasetRun } from './dataset-run.js';

/** The files in output order. A dry run writes none of them. */
export function stageFiles(shared: DatasetRun, key: string, result: TransformResult): Promise<StagedFile[]> {
  const { context, open } = shared;
  const prefix = `${open.control.staging}${shared.run}/${key}/`;
  return Promise.all(
    result.files.map((file, i) =>
      context.transfers(async (): Promise<StagedFile> => {
        const path = `${prefix}part-${String(i).padStart(5, '0')}.parquet`;
        if (context.dryRun) return { path, etag: '', size: file.size, sha256: file.sha256 };
        const put = await open.store.put(
          path,
          { file: file.file, sha256: file.sha256 },
          { kind: 'overwrite' },
        );
        if (put.outcome === 'lost')
          throw new LakefillError('STORE_FAILED', `The store refused the unconditional write of ${path}.`);
        return { path, etag: put.object.etag, size: file.size, sha256: file.sha256 };
      }),
    ),
  );
}

/** Best effort: gc removes what stays. */
export async function discard(
  { context, open }: Pick<DatasetRun, 'context' | 'open'>,
  files: readonly { readonly path: string }[],
): Promise<void> {
  if (context.dryRun || files.length === 0) return;
  await open.store.delete(files.map((file) => ({ path: file.path, etag: null }))).catch(() => undefined);
}
