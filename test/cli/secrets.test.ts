/** Known secrets go in by every door; nothing that comes out has any of them: output, documents, errors, plan files, control objects. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startS3Server, type S3Server } from '../support/s3-server/index.js';
import { createS3Store } from '../../src/store/s3/store.js';
import { MAIN } from './support/process.js';

const SECRETS = {
  secretKey: 'wJalrXUtnFEMI-K7MDENG-thesecretkey',
  token: 'FwoGZXIvYXdzEBYaDthesessiontoken',
  signature: 'deadbeef0123thesignature',
  password: 'hunter2-thepassword',
  variable: 'value-of-a-secret-variable',
} as const;
const KEY_ID = 'AKIATESTSECRETS00000';

let server: S3Server;
let dir: string;
const said: { command: string; text: string; code: number | null }[] = [];

beforeAll(async () => {
  server = await startS3Server({ buckets: ['raw', 'lake'], credentials: { [KEY_ID]: SECRETS.secretKey } });
  dir = mkdtempSync(path.join(tmpdir(), 'lakefill-secrets-'));
  mkdirSync(path.join(dir, 'partitions'));
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(
    `COPY (SELECT i AS id, TIMESTAMP '2025-01-01' AS ts FROM range(10) t(i)) TO '${dir}/raw.parquet' (FORMAT parquet)`,
  );
  connection.closeSync();
  instance.closeSync();
  const store = await createS3Store({ bucket: 'raw', env: server.env });
  for (const day of ['2025-01-01', '2025-01-02'])
    await store.put(`sales/dt=${day}/a.parquet`, { file: `${dir}/raw.parquet` }, { kind: 'create' });
  await store.close();
});
afterAll(async () => {
  await server.close();
  rmSync(dir, { recursive: true, force: true });
});

function define(
  input = 's3://raw/sales/dt={dt}/*.parquet',
  project = 'concurrency: { partitions: 2 }\n',
): void {
  writeFileSync(
    path.join(dir, 'partitions', 'sales.yaml'),
    `target: s3://lake/clean/sales/dt={dt}/\npartition:\n  dt: { grain: day, start: 2025-01-01, end: 2025-01-01, column: ts }\ninputs:\n  raw: ${input}\n`,
  );
  writeFileSync(path.join(dir, 'partitions', 'sales.sql'), 'SELECT id, ts FROM raw\n');
  writeFileSync(path.join(dir, 'lakefill.yaml'), project);
}

/** Runs the command line and keeps all that it said. */
function lakefill(args: readonly string[], env: Record<string, string> = {}): Promise<number | null> {
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: dir,
    env: {
      ...process.env,
      ...server.env,
      AWS_SESSION_TOKEN: SECRETS.token,
      SECRET: SECRETS.variable,
      SIGNED: `X-Amz-Signature=${SECRETS.signature}`,
      ENDPOINT: `http://user:${SECRETS.password}@127.0.0.1:9`,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  const keep = (piece: Buffer) => void (text += piece.toString());
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      said.push({ command: args.join(' '), text, code });
      resolve(code);
    });
  });
}

describe('secrets', () => {
  it('are in nothing that comes out', async () => {
    define();
    const first = await lakefill(['run', '--yes', '--json', '-v']);
    expect(first, said[0]!.text).toBe(0);
    await lakefill(['scan', '--json']);
    await lakefill(['plan', '--only', 'all', '--json', '-v']);
    await lakefill(['history', '-v']);
    await lakefill(['doctor', '-v']);
    // Refused, denied, cut off, wrong keys.
    server.denied.add('s3:PutObject');
    await lakefill(['run', '--yes', '--only', 'all', '-v']);
    server.denied.clear();
    await lakefill(['scan', '-v'], { AWS_SECRET_ACCESS_KEY: `${SECRETS.secretKey}x` });
    await lakefill(['scan', '--json', '-v'], {
      AWS_ENDPOINT_URL_S3: `http://user:${SECRETS.password}@127.0.0.1:9`,
    });
    // Variables in definitions: as values that are wrong, and in URLs.
    define('s3://raw/sales/dt={dt}/*.parquet', 'stores:\n  s3://lake/: { secretAccessKey: "${SECRET}" }\n');
    await lakefill(['scan', '-v']);
    define('s3://raw/sales/dt={dt}/*.parquet', 'stores:\n  s3://lake/: { storageClass: "${SECRET}" }\n');
    await lakefill(['run', '--yes', '--only', 'all', '-v']);
    define('s3://raw/sales/dt={dt}/*.parquet', 'stores:\n  s3://lake/: { endpoint: "${ENDPOINT}" }\n');
    await lakefill(['scan', '-v']);
    define('"https://raw.s3.amazonaws.com/sales/dt={dt}/a.parquet?${SIGNED}"');
    await lakefill(['scan', '-v']);
    await lakefill(['scan', '--json']);
    define(`"https://raw.s3.amazonaws.com/sales/dt={dt}/a.parquet?X-Amz-Signature=${SECRETS.signature}"`);
    await lakefill(['scan']);

    const leaks: string[] = [];
    for (const { command, text, code } of said) {
      expect(text, command).not.toBe('');
      // A file of the user's own is quoted where it is wrong; what it has in clear it shows.
      leaks.push(...leaksIn(text).map((name) => `${command} (${code}): ${name} in ${around(text, name)}`));
    }
    const bucket = server.buckets.get('lake')!;
    let objects = 0;
    for (const [key, { content }] of bucket.objects('')) {
      objects += 1;
      leaks.push(
        ...leaksIn(content.read(0, content.size).toString('latin1')).map((name) => `${key}: ${name}`),
      );
    }
    for (const file of readdirSync(dir, { recursive: true, withFileTypes: true })) {
      if (!file.isFile() || file.parentPath.endsWith('partitions')) continue;
      const text = readFileSync(path.join(file.parentPath, file.name), 'latin1');
      leaks.push(...leaksIn(text).map((name) => `${file.name}: ${name}`));
    }
    expect(objects).toBeGreaterThan(5);
    expect(leaks).toEqual([]);
    process.stdout.write(
      `secrets: ${said.length} commands (exit ${said.map(({ code }) => code).join(' ')}), ${objects} objects\n`,
    );
  });
});

type Name = keyof typeof SECRETS;
function leaksIn(text: string): Name[] {
  return (Object.keys(SECRETS) as Name[]).filter((name) => text.includes(SECRETS[name]));
}

function around(text: string, name: Name): string {
  const at = text.indexOf(SECRETS[name]);
  return text.slice(Math.max(0, at - 80), at + 60);
}
