/** Packs the package, installs the tarball in a new folder without install scripts, and runs what a user would run first. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeSales } from '../bench/sales.mjs';

const checkout = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), 'lakefill-smoke-'));
const run = (command, args, options = {}) =>
  execFileSync(command, args, {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    ...options,
  });

try {
  const [{ filename, unpackedSize, files }] = JSON.parse(
    run('npm', ['pack', '--json', '--silent', '--pack-destination', folder], { cwd: checkout }),
  );
  writeFileSync(path.join(folder, 'package.json'), '{ "name": "smoke", "private": true, "type": "module" }');
  run('npm', [
    'install',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--silent',
    path.join(folder, filename),
  ]);
  const cli = path.join(folder, 'node_modules', '.bin', 'lakefill');
  const version = run(cli, ['--version']).trim();

  run(cli, ['init', 'project']);
  const project = path.join(folder, 'project');
  await makeSales(path.join(project, 'lake', 'raw', 'sales'), 3, 2000);
  writeFileSync(
    path.join(project, 'partitions', 'sales.yaml'),
    [
      'target: ./lake/clean/sales/dt={dt}/',
      'partition:',
      '  dt: { grain: day, start: 2025-01-01, end: 2025-01-03, column: ts }',
      'inputs:',
      '  raw: ./lake/raw/sales/dt={dt}/*.parquet',
      'checks:',
      '  - unique: [order_id]',
      '',
    ].join('\n'),
  );
  writeFileSync(
    path.join(project, 'partitions', 'sales.sql'),
    'SELECT order_id, ts, upper(trim(region)) AS region, round(qty * price, 2) AS revenue FROM raw WHERE ts >= $partition_start AND ts < $partition_end\n',
  );
  const document = JSON.parse(run(cli, ['run', '--yes', '--json'], { cwd: project }));
  if (document.counts.promoted !== 3)
    throw new Error(`Expected 3 promoted partitions, got ${JSON.stringify(document.counts)}.`);
  writeFileSync(
    path.join(folder, 'library.mjs'),
    `import { openProject } from 'lakefill';
     const project = await openProject({ dir: 'project' });
     const scan = await project.scan();
     await project.close();
     if (scan.datasets[0].counts.fresh !== 3) throw new Error(JSON.stringify(scan.datasets[0].counts));`,
  );
  run(process.execPath, ['library.mjs']);
  // The declarations stand alone: none of them names a package that is not installed with this one.
  writeFileSync(
    path.join(folder, 'typed.ts'),
    `import { openProject, type ScanDocument } from 'lakefill';
     const scan: ScanDocument = await (await openProject({ dir: 'project' })).scan();
     export const fresh: number = scan.datasets[0]?.counts.fresh ?? 0;
     // @ts-expect-error The declarations were found: an unknown option is an error.
     await openProject({ directory: 'project' });`,
  );
  const tsc = path.join(checkout, 'node_modules', 'typescript', 'bin', 'tsc');
  const strict = [
    '--strict',
    '--noEmit',
    '--module',
    'nodenext',
    '--target',
    'es2023',
    '--lib',
    'es2023,dom',
  ];
  run(process.execPath, [tsc, ...strict, 'typed.ts'], { stdio: 'inherit' });
  console.log(
    `lakefill ${version}: ${files.length} files, ${(unpackedSize / 1024).toFixed(0)} KiB; installed, ran 3 partitions, used as a library, types checked`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
