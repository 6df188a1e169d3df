/**
 * Puts src/ and the small packages that it uses together into few files: a command then opens a dozen files instead of a thousand and
 * starts in two thirds of the time. The SDK and the engine's binary stay packages; what is imported late stays a file of its own. Types: tsc.
 */
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = fileURLToPath(new URL('..', import.meta.url));
const { dependencies } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));

/** What the package ships: the command, the library, and the engine's process, which must lie beside the file that starts it. */
const SHIPPED = {
  main: 'src/cli/main.ts',
  index: 'src/index.ts',
  child: 'src/engine/duckdb/child.ts',
};

/** The packages that stay are CommonJS: `require` loads them in half of the time that an import of their names takes. */
const required = {
  name: 'required',
  resolveId(id, importer) {
    if (!(id in dependencies)) return null;
    return importer === `\0${id}` ? { id, external: true } : `\0${id}`;
  },
  load: (id) => (id.startsWith('\0') ? `module.exports = require(${JSON.stringify(id.slice(1))})` : null),
};

/** Replaces the .js files of `dir`. Returns the names of the packages that were taken in. */
export async function bundle(input, dir) {
  const options = { cwd: root, platform: 'node', external: /^node:/, plugins: [required], tsconfig: true };
  const build = await rolldown({ input, ...options });
  mkdirSync(dir, { recursive: true });
  for (const name of readdirSync(dir)) if (name.endsWith('.js')) rmSync(path.join(dir, name));
  const { output } = await build.write({
    dir,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
  });
  await build.close();
  const modules = output.flatMap((chunk) => Object.keys(chunk.modules ?? {}));
  return [
    ...new Set(modules.flatMap((file) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? [])),
  ].sort();
}

export async function bundleShipped() {
  const dist = path.join(root, 'dist');
  const packages = await bundle(SHIPPED, dist);
  writeFileSync(path.join(dist, 'THIRD-PARTY-LICENSES.txt'), packages.map(license).join('\n'));
  // npm makes the bin executable on install; a checkout run in place needs it too.
  chmodSync(path.join(dist, 'main.js'), 0o755);
}

function license(name) {
  const folder = path.join(root, 'node_modules', name);
  const { version } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  if (file === undefined) throw new Error(`${name} has no license file to ship.`);
  return `${name} ${version}\n\n${readFileSync(path.join(folder, file), 'utf8')}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundleShipped();
