/** Executes a page in a new folder: writes its files, makes its data, runs its commands. Gives the page with the real output. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { anonymous, comparable, Ids } from './normalise.mjs';
import { commandsOf, parsePage } from './page.mjs';

const checkout = fileURLToPath(new URL('../../', import.meta.url));
const COMMAND_LIMIT_MS = 300_000;

/**
 * { steps, differences }: the page's steps with the output of this execution where it differs from what stands there, and a
 * sentence for each difference. Throws when data cannot be made.
 */
export function executePage(text) {
  const folder = mkdtempSync(path.join(realpathSync(tmpdir()), 'lakefill-how-to-'));
  try {
    const project = path.join(folder, 'my-lake');
    const bin = path.join(folder, 'bin');
    mkdirSync(project);
    mkdirSync(bin);
    const main = path.join(checkout, 'dist', 'main.js');
    writeFileSync(
      path.join(bin, 'lakefill'),
      `#!/bin/sh\nexec ${quoted(process.execPath)} ${quoted(main)} "$@"\n`,
    );
    chmodSync(path.join(bin, 'lakefill'), 0o755);
    return executeSteps(parsePage(text), { project, bin, ids: new Ids() });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function executeSteps(steps, place) {
  const differences = [];
  for (const step of steps) {
    if (step.kind === 'file') writeStep(step, place);
    if (step.kind === 'setup') makeData(step, place);
    if (step.kind === 'console') step.lines = runStep(step, place, differences);
  }
  return { steps, differences };
}

function writeStep({ path: name, lines }, { project }) {
  const file = path.resolve(project, name);
  if (!file.startsWith(`${project}/`)) throw new Error(`${name} is outside of the project`);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `${lines.join('\n')}\n`);
}

/** In a process of its own: DuckDB writes below the working folder. */
function makeData({ lines }, { project }) {
  const made = spawnSync(process.execPath, [fileURLToPath(new URL('duckdb.mjs', import.meta.url))], {
    cwd: project,
    input: lines.join('\n'),
    encoding: 'utf8',
    timeout: COMMAND_LIMIT_MS,
  });
  if (made.status !== 0) throw new Error(`The data of the page cannot be made: ${made.stderr}`);
}

function runStep({ lines }, place, differences) {
  return commandsOf(lines).flatMap(({ command, output }) => {
    const real = run(command, place);
    const same = JSON.stringify(comparable(output)) === JSON.stringify(comparable(real));
    if (!same) differences.push(`$ ${command}\n--- page\n${output.join('\n')}\n+++ now\n${real.join('\n')}`);
    return [...`$ ${command}`.split('\n'), ...(same ? output : real)];
  });
}

/** Lines of stdout and stderr together, as a person sees them. */
function run(command, { project, bin, ids }) {
  const done = spawnSync('bash', ['-c', `exec 2>&1; ${ids.fromPage(command)}`], {
    cwd: project,
    encoding: 'utf8',
    timeout: COMMAND_LIMIT_MS,
    env: {
      ...process.env,
      PATH: `${bin}:${process.env.PATH}`,
      NO_COLOR: '1',
      AWS_EC2_METADATA_DISABLED: 'true',
    },
  });
  if (done.error) throw done.error;
  const text = ids.toPage(anonymous(done.stdout, project)).trimEnd();
  return text === '' ? [] : text.split('\n');
}

function quoted(text) {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
