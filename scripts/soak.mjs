/**
 * `npm run soak [-- --minutes 20] [-- --seed N]`: random writing acts on an S3 store that fails at random, until the time is over or
 * an invariant breaks. A failure prints its seed; `--seed` runs that one again. Without options: 4 minutes.
 */
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { minutes: { type: 'string' }, seed: { type: 'string' } } });
for (const [name, value] of Object.entries(values)) {
  if (!(Number(value) > 0)) {
    process.stderr.write(`--${name} needs a number above 0, not ${JSON.stringify(value)}\n`);
    process.exit(2);
  }
}
const env = {
  ...process.env,
  LAKEFILL_SOAK: values.minutes ?? '4',
  ...(values.seed === undefined ? {} : { LAKEFILL_SEED: values.seed }),
};
const child = spawn('npx', ['vitest', 'run', 'test/publish/soak.test.ts'], { env, stdio: 'inherit' });
child.on('exit', (code) => process.exit(code ?? 1));
