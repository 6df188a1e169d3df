/**
 * The demo: a month of real trouble on a real lake, in a folder of its own (demo-lake/). Every output is that of the command
 * printed above it. Ends with exit 0 only if every command ended as the story says.
 */
import { spawnSync } from 'node:child_process';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { breakTransfer, correct, deliver, makeRawLake, withhold } from './make-lake.mjs';

const checkout = fileURLToPath(new URL('../../', import.meta.url));
const cli = path.join(checkout, 'dist', 'cli', 'main.js');
const project = path.resolve(process.argv[2] ?? path.join(checkout, 'demo-lake'));
const lake = path.join(project, 'lake');
const begun = performance.now();
let lastRun = '';

await rm(project, { recursive: true, force: true });
await mkdir(project, { recursive: true });
for (const name of ['flights.yaml', 'flights.sql', 'airport_months.yaml', 'airport_months.sql']) {
  await cp(path.join(checkout, 'partitions', name), path.join(project, 'partitions', name));
}

say(
  'A raw lake: 3 million US flights of 2001, one folder per day. Three days have not arrived, one transfer broke.',
);
const rows = await makeRawLake(lake);
await withhold(lake, ['2001-02-10', '2001-02-11', '2001-02-12']);
await breakTransfer(lake, '2001-05-01');
console.log(
  `  ${rows.toLocaleString('en')} rows in ${path.relative(process.cwd(), path.join(lake, 'raw', 'flights'))}/dt=2001-01-01 .. dt=2001-06-30`,
);

say('What is missing, and why?');
run(['scan'], 0);
say('What exactly would be done? Nothing is written yet.');
run(['plan', '--out', 'fill.plan.json'], 0);
say('Do exactly that. The broken file fails its own day and nothing else.');
run(['apply', 'fill.plan.json', '--quiet'], 3);
run(['scan', 'flights'], 0);

say(
  'The late days and a good copy of the broken one arrive: only they are made, and the months that read them.',
);
await deliver(lake, ['2001-02-10', '2001-02-11', '2001-02-12', '2001-05-01']);
run(['run', '--yes'], 0);
say('Nothing left to do. Asking again costs nothing.');
run(['scan'], 0);

say('The airline corrects 14 March: that day is stale, and so is the March summary that reads it.');
await correct(lake, '2001-03-14');
run(['scan'], 0);
lastRun = run(['run', '--yes', '--with-downstream', '--reason', 'airline correction of 14 March'], 0) ?? '';

say(
  'Someone edits the SQL and loses every flight under 500 miles. The checks refuse it; readers see nothing of it.',
);
const sql = path.join(project, 'partitions', 'flights.sql');
const good = await readFile(sql, 'utf8');
await writeFile(sql, good.replace('WHERE ', 'WHERE distance >= 500 AND '));
run(['run', 'flights', '--from', '2001-06-01', '--to', '2001-06-03', '--only', 'stale', '--yes'], 12);
await writeFile(sql, good);

say('The correction turns out to be wrong: undo that run.');
run(['rollback', lastRun, '--reason', 'the airline withdrew the correction', '--yes'], 0);
run(['history'], 0);

console.log(
  `\nDone in ${((performance.now() - begun) / 1000).toFixed(0)} s. The lake is in ${path.relative(process.cwd(), lake) || lake}. Try next:\n`,
);
console.log(`  cd ${path.relative(process.cwd(), project) || project}`);
for (const line of [
  'npx lakefill scan -v flights',
  'npx lakefill history --partition dt=2001-03-14',
  'npx lakefill plan --only all --from 2001-06-01 --to 2001-06-07',
])
  console.log(`  ${line}`);

function say(text) {
  console.log(`\n# ${text}`);
}

/** Runs the command as a person would type it, shows it, and gives the id of the run that it made, if any. */
function run(args, expected) {
  console.log(`\n$ lakefill ${args.map((arg) => (/[ *]/.test(arg) ? `'${arg}'` : arg)).join(' ')}`);
  const done = spawnSync(process.execPath, [cli, ...args], {
    cwd: project,
    encoding: 'utf8',
    env: { ...process.env, COLUMNS: '100' },
  });
  process.stdout.write(done.stdout);
  process.stdout.write(done.stderr);
  if (done.status !== expected) {
    console.error(`\nThe demo expected exit code ${expected} and got ${done.status}.`);
    process.exit(1);
  }
  return /^run (\S+)/m.exec(done.stdout)?.[1];
}
