/** Parts of src/ below the public API, for benches that measure one of them alone. */
import { fileURLToPath, pathToFileURL } from 'node:url';
import { bundle } from '../scripts/bundle.mjs';

/** All exports of these files of src/, bundled anew, together: what they share is one. */
export async function internals(...files) {
  const folder = fileURLToPath(
    new URL(`../node_modules/.cache/lakefill-bench-${process.pid}/`, import.meta.url),
  );
  await bundle(Object.fromEntries(files.map((file, i) => [`part-${i}`, `src/${file}`])), folder);
  const parts = await Promise.all(files.map((_, i) => import(pathToFileURL(`${folder}part-${i}.js`).href)));
  return Object.assign({}, ...parts);
}
