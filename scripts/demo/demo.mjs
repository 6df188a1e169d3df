/**
 * The demo: a month of real trouble on a real lake, in a folder of its own (demo-lake/). Every output is that of the command
 * printed above it. Ends with exit 0 only if every command ended as the story says. With --s3 the lake is in a bucket, of two
 * months instead of six.
 */
import { spawnSync } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { openBucket } from './bucket.mjs';
import { breakTransfer, correct, deliver, makeRawLake, withhold } from './make-lake.mjs';

const checkout = fileURLToPath(new URL('../../', import.meta.url));
const cli = path.join(checkout, 'dist', 'main.js');
const onS3 = process.argv.includes('--s3');
const folder = process.argv.slice(2).find((arg) => !arg.startsWith('--'));
const project = path.resolve(folder ?? path.join(checkout, onS3 ? 'demo-lake-s3' : 'demo-lake'));
const lake = path.join(project, 'lake');
const begun = performance.now();
const story = onS3
  ? {
      until: '2001-03-01',
      last: '2001-02-28',
      broken: '2001-02-20',
      corrected: '2001-01-14',
      on: '14 January',
      month: 'January',
      edited: ['2001-02-01', '2001-02-03'],
    }
  : {
      until: '2001-07-01',
      last: '2001-06-30',
      broken: '2001-05-01',
      corrected: '2001-03-14',
      on: '14 March',
      month: 'March',
      edited: ['2001-06-01', '2001-06-03'],
    };
const late = ['2001-02-10', '2001-02-11', '2001-02-12'];
const bucket = onS3 ? await bucketOrExit() : null;
let lastRun = '';

await rm(project, { recursive: true, force: true });
await mkdir(path.join(project, 'partitions'), { recursive: true });
for (const name of ['flights.yaml', 'flights.sql', 'airport_months.yaml', 'airport_months.sql']) {
  const text = await readFile(path.join(checkout, 'partitions', name), 'utf8');
  await writeFile(path.join(project, 'partitions', name), onS3 ? forBucket(text) : text);
}

say(
  onS3
    ? `A raw lake on ${bucket.what}: US flights of January and February 2001 (two of the six months, to be quick). Three days have not arrived, one transfer broke.`
    : 'A raw lake: 3 million US flights of 2001, one folder per day. Three days have not arrived, one transfer broke.',
);
const rows = await makeRawLake(lake, story.until);
await withhold(lake, late);
await breakTransfer(lake, story.broken);
await upload();
const where = bucket
  ? `${bucket.url}raw/flights`
  : path.relative(process.cwd(), path.join(lake, 'raw', 'flights'));
console.log(`  ${rows.toLocaleString('en')} rows in ${where}/dt=2001-01-01 .. dt=${story.last}`);

say('What is missing, and why?');
await run(['scan'], 0);
say('What exactly would be done? Nothing is written yet.');
await run(['plan', '--out', 'fill.plan.json'], 0);
say('Do exactly that. The broken file fails its own day and nothing else.');
await run(['apply', 'fill.plan.json', '--quiet'], 3);
await run(['scan', 'flights'], 0);

say(
  'The late days and a good copy of the broken one arrive: only they are made, and the months that read them.',
);
await deliver(lake, [...late, story.broken]);
await upload();
await run(['run', '--yes'], 0);
say('Nothing left to do. Asking again costs nothing.');
await run(['scan'], 0);

say(
  `The airline corrects ${story.on}: that day is stale, and the ${story.month} summary that reads it is made with it.`,
);
await correct(lake, story.corrected);
await upload();
await run(['scan'], 0);
lastRun =
  (await run(['run', '--yes', '--with-downstream', '--reason', `airline correction of ${story.on}`], 0)) ??
  '';

say(
  'Someone edits the SQL and loses every flight under 500 miles. The checks refuse it; readers see nothing of it.',
);
const sql = path.join(project, 'partitions', 'flights.sql');
const good = await readFile(sql, 'utf8');
await writeFile(sql, good.replace('WHERE ', 'WHERE distance >= 500 AND '));
const [from, to] = story.edited;
await run(['run', 'flights', '--from', from, '--to', to, '--only', 'stale', '--yes'], 12);
await writeFile(sql, good);

say('The correction turns out to be wrong: undo that run.');
await run(['rollback', lastRun, '--reason', 'the airline withdrew the correction', '--yes'], 0);
await run(['history'], 0);

const seconds = ((performance.now() - begun) / 1000).toFixed(0);
if (bucket) {
  await bucket.close();
  console.log(`\nDone in ${seconds} s. The lake was in ${bucket.url} on ${bucket.what}.`);
} else {
  console.log(
    `\nDone in ${seconds} s. The lake is in ${path.relative(process.cwd(), lake) || lake}. Try next:\n`,
  );
  console.log(`  cd ${path.relative(process.cwd(), project) || project}`);
  for (const line of [
    'npx lakefill scan -v flights',
    'npx lakefill history --partition dt=2001-03-14',
    'npx lakefill plan --only all --from 2001-06-01 --to 2001-06-07',
  ])
    console.log(`  ${line}`);
}

async function bucketOrExit() {
  try {
    return await openBucket();
  } catch (error) {
    console.error(`The demo needs an S3 endpoint, and there is none: ${error.message}`);
    console.error('Set AWS_ENDPOINT_URL to one, or see localstack/README.md. Nothing was changed.');
    process.exit(1);
  }
}

/** The definitions of the repository, for two months in the bucket. */
function forBucket(text) {
  return text
    .replaceAll('./lake/', bucket.url)
    .replaceAll('2001-06-30', story.last)
    .replaceAll('end: 2001-06 ', 'end: 2001-02 ');
}

/** What happened to the local raw lake happens to the bucket's. */
async function upload() {
  await bucket?.mirror(lake);
}

function say(text) {
  console.log(`\n# ${text}`);
}

/** Runs the command as a person would type it, shows it, and gives the id of the run that it made, if any. */
async function run(args, expected) {
  console.log(`\n$ lakefill ${args.map((arg) => (/[ *]/.test(arg) ? `'${arg}'` : arg)).join(' ')}`);
  const done = spawnSync(process.execPath, [cli, ...args], {
    cwd: project,
    encoding: 'utf8',
    env: { ...process.env, ...bucket?.env, COLUMNS: '100' },
  });
  process.stdout.write(done.stdout);
  process.stdout.write(done.stderr);
  if (done.status !== expected) {
    console.error(`\nThe demo expected exit code ${expected} and got ${done.status}.`);
    await bucket?.close();
    process.exit(1);
  }
  return /^run (\S+)/m.exec(done.stdout)?.[1];
}
