/** The examples do what they say: the library one is executed; the commands of cron and Kubernetes are run on a lake. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { day, key, salesYaml, SALES_SQL, TestLake } from './e2e/lake.js';

const EXAMPLES = new URL('../examples/', import.meta.url);

function read(name: string): string {
  return readFileSync(new URL(name, EXAMPLES), 'utf8');
}

test('library.mjs fills what is missing, and ends with the exit code of a run that is refused', async () => {
  const lake = await TestLake.sales(2);
  const run = () =>
    spawnSync(process.execPath, [fileURLToPath(new URL('library.mjs', EXAMPLES)), lake.dir], {
      encoding: 'utf8',
    });
  const done = run();
  expect(done.stderr).toBe('');
  expect(done.status).toBe(0);
  expect(done.stdout).toContain('sales { missing: 2 }');
  expect(done.stdout).toMatch(/2\/2 dt=2025-01-0[12] promoted/);
  expect(done.stdout).toContain('apply 0 { promoted: 2 }');
  expect(await lake.statuses()).toEqual({ [key(1)]: 'fresh', [key(2)]: 'fresh' });

  lake.define('sales', salesYaml(3), SALES_SQL.replace('SELECT order_id', 'SELECT NULL::BIGINT AS order_id'));
  await lake.deliver([3]);
  const refused = run();
  expect(refused.status).toBe(12);
  expect(refused.stdout).toContain(`sales/${key(3)} rejected`);
});

/** Words of every `lakefill` command in a crontab, without what the shell does around them. */
function cronCommands(): string[][] {
  const lines = read('cron/lakefill.cron')
    .split('\n')
    .filter((line) => !line.startsWith('#') && line !== '');
  return lines.map((line) => /lakefill (.*?)( 2>>.*)?$/.exec(line)![1]!.split(' '));
}

test('the commands of the crontab and of the CronJob are taken by lakefill', async () => {
  // Their windows reach back from today: a lake of yesterday.
  const n = Math.floor((Date.now() - Date.UTC(2025, 0, 1)) / 86_400_000);
  const lake = TestLake.empty();
  lake.define('sales', salesYaml(n).replace(day(1), day(n)), SALES_SQL);
  await lake.deliver([n]);
  const job = parse(read('kubernetes/cronjob.yaml')) as {
    spec: { jobTemplate: { spec: { template: { spec: { containers: { args: string[] }[] } } } } };
  };
  const args = job.spec.jobTemplate.spec.template.spec.containers[0]!.args.map((arg) =>
    arg === '/project' ? lake.dir : arg,
  );
  const commands = [...cronCommands(), args];
  expect(commands.map(([verb]) => verb)).toEqual(['run', 'scan', 'gc', 'run']);
  for (const command of commands) await lake.ok(0, ...command);
  expect(await lake.statuses()).toEqual({ [key(n)]: 'fresh' });
  const { runs } = await lake.library((project) => project.history());
  expect(runs.map(({ counts }) => counts)).toEqual([{ promoted: 1 }]);
});
