/**
 * Holds the floors and rooms of docs/architecture.md: a file imports its own room and rooms on lower floors only;
 * a vendor package is imported where the table says. Each message carries the remedy.
 */
import path from 'node:path';

const FLOORS = {
  core: 0,
  'clock.ts': 0.5, // a half floor: stores and engines read time, it reads core
  store: 1,
  engine: 1,
  dataset: 2,
  journal: 2,
  source: 3,
  scan: 4,
  check: 5,
  plan: 5,
  publish: 6,
  run: 7,
  'parts.ts': 8,
  api: 8,
  'project.ts': 9,
  'index.ts': 10,
  'early.ts': 10,
  cli: 11,
};

/** Vendor package -> where it may be imported, as prefixes below src/. */
const VENDORS = {
  '@aws-sdk/': ['store/s3/'],
  '@smithy/': ['store/s3/'],
  '@duckdb/': ['engine/duckdb/'],
  hyparquet: ['scan/parquet-footer.ts'],
  'temporal-polyfill': ['core/grain.ts'],
  yaml: ['dataset/'],
  zod: ['dataset/', 'check/', 'core/part.ts', 'plan/', 'api/', 'store/', 'journal/', 'run/'],
  commander: ['cli/'],
  picocolors: ['cli/'],
  'fastest-levenshtein': ['core/nearest.ts'],
  'p-limit': ['store/', 'run/', 'scan/', 'source/', 'publish/', 'api/', 'project.ts'],
};

const roomOf = (relative) => relative.split('/')[0];

export const floors = {
  meta: { type: 'problem', schema: [] },
  create(context) {
    const src = path.join(context.cwd, 'src');
    const here = path.relative(src, context.filename).split(path.sep).join('/');
    const room = roomOf(here);
    const check = (node) => {
      const name = node.source?.value;
      if (typeof name !== 'string') return;
      if (!name.startsWith('.')) return vendor(node, name);
      const there = path
        .relative(src, path.resolve(path.dirname(context.filename), name))
        .replace(/\.js$/, '.ts')
        .split(path.sep)
        .join('/');
      const target = roomOf(there);
      if (target === room) return;
      if (!(target in FLOORS))
        return context.report({
          node,
          message: `'${target}' has no floor. Give it one in scripts/eslint-floors.mjs and docs/architecture.md.`,
        });
      if (room === 'cli' && target !== 'index.ts' && target !== 'early.ts') {
        return context.report({
          node,
          message: `The command line imports the public API only. Export what you need from src/index.ts and import '../index.js'.`,
        });
      }
      if (FLOORS[target] === FLOORS[room] && ['api', 'parts.ts'].includes(room)) {
        return;
      }
      if (FLOORS[target] >= FLOORS[room]) {
        const why =
          FLOORS[target] === FLOORS[room]
            ? 'is another room on the same floor'
            : `is on floor ${FLOORS[target]}, above floor ${FLOORS[room]}`;
        context.report({
          node,
          message: `${room} may not import ${there}: ${target} ${why}. Move the shared value down to a floor below both, or pass it in as a parameter.`,
        });
      }
    };
    const vendor = (node, name) => {
      const entry = Object.entries(VENDORS).find(
        ([pkg]) => name === pkg || name.startsWith(pkg.endsWith('/') ? pkg : `${pkg}/`),
      );
      if (entry && !entry[1].some((allowed) => here.startsWith(allowed))) {
        context.report({
          node,
          message: `'${name}' is imported only in ${entry[1].map((p) => `src/${p}`).join(', ')}. Use what that file exports, or wrap it there.`,
        });
      }
    };
    return {
      ImportDeclaration: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      ImportExpression: check,
    };
  },
};
