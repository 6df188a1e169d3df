/** `doctor` through the public API: on a local lake, and on a real S3 server that lacks what a check is about. */
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openProject } from '../../src/index.js';
import type { DoctorCheck, DoctorDocument } from '../../src/index.js';
import { nodeFinding } from '../../src/api/doctor.js';
import { settledFinding } from '../../src/api/doctor-dataset.js';
import { foldingFinding, ownerFinding, spaceFinding } from '../../src/api/doctor-disk.js';
import { clockFinding } from '../../src/api/doctor-target.js';
import { absentKey } from '../../src/journal/fold.js';
import { LEASE_FORMAT } from '../../src/journal/lease.js';
import type { FoundLease } from '../../src/journal/lease.js';
import { expectValid } from '../cli/support/schemas.js';
import { startS3Server, type S3Server } from '../support/s3-server/index.js';

const PROBES = [
  'put-if-absent',
  'put-if-match',
  'complete-after-abort',
  'conditional-delete',
  'conditional-copy',
  'pagination',
];

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'lakefill-doctor-'));
  await mkdir(path.join(dir, 'partitions'));
});

afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

async function define(target: string, raw: string): Promise<void> {
  await writeFile(
    path.join(dir, 'partitions', 'sales.yaml'),
    `target: ${target}/sales/dt={dt}/
partition:
  dt: { grain: day, start: 2025-01-01, end: 2025-01-03 }
inputs:
  raw: ${raw}/sales/dt={dt}/*.parquet
`,
  );
  await writeFile(path.join(dir, 'partitions', 'sales.sql'), 'SELECT * FROM raw\n');
}

async function doctor(datasets: string[] = []): Promise<DoctorDocument> {
  const project = await openProject({ dir });
  try {
    const document = await project.doctor({ datasets });
    expectValid('doctor', JSON.parse(JSON.stringify(document)));
    return document;
  } finally {
    await project.close();
  }
}

function named({ checks }: DoctorDocument, name: string): DoctorCheck {
  const found = checks.filter((check) => check.name === name);
  if (found.length !== 1) throw new Error(`${found.length} checks are named ${name}`);
  return found[0]!;
}

const names = ({ checks }: DoctorDocument) => checks.map(({ name }) => name);
const failed = ({ checks }: DoctorDocument) =>
  checks.filter(({ passed, needed }) => needed && !passed).map(({ name }) => name);

describe('doctor on a local lake', () => {
  it('finds nothing wrong, says what it saw, and leaves nothing behind', async () => {
    await define('./lake', './raw');
    const document = await doctor();
    expect(names(document)).toEqual([
      ...['node', 'engine', 'definitions', 'list', 'write', 'clock', 'delete', 'target', ...PROBES],
      ...['journal', 'pin', 'settled', 'one-device', 'hard-links', 'folding', 'free-space', 'owner', 'input'],
    ]);
    expect(failed(document)).toEqual([]);
    expect(named(document, 'engine').evidence).toMatch(/^duckdb \d+\.\d+\.\d+ answers$/);
    expect(named(document, 'list')).toMatchObject({ dataset: null, store: 'file:///' });
    expect(named(document, 'write')).toMatchObject({ dataset: 'sales', store: 'file:///', hint: null });
    expect(await readdir(path.join(dir, 'lake', '_lakefill', 'sales'))).toEqual([]);
    expect(await readdir(path.join(dir, 'lake'))).toEqual(['_lakefill']);
  });

  it('says which definition the journal belongs to when it is another', async () => {
    await define('./lake', './raw');
    const control = path.join(dir, 'lake', '_lakefill', 'sales');
    await mkdir(control, { recursive: true });
    await writeFile(path.join(control, 'dataset.json'), '{"format":"lakefill.dataset/1","grain":"hour"}');
    const document = await doctor();
    expect(failed(document)).toEqual(['pin']);
    expect(named(document, 'pin').evidence).toContain('grain is "hour" there and "day" here');
    expect(named(document, 'pin').hint).toContain('Restore the definition');
  });

  it('notes what runs that died left, as recover does, and gc removes it with its folders', async () => {
    await define('./lake', './raw');
    const scratch = path.join(dir, 'lake', '_lakefill', 'sales', 'scratch');
    await mkdir(path.join(scratch, '20250101T000000Z-0001', 't000001', 'out'), { recursive: true });
    await writeFile(path.join(scratch, '20250101T000000Z-0001', 't000001', 'out', 'part'), 'x'.repeat(2048));
    expect(named(await doctor(), 'settled')).toMatchObject({
      passed: false,
      needed: false,
      evidence:
        'nothing is half published; work files and expired output of runs that are over are still there (1 object, 2 KiB)',
      hint: 'Run `lakefill gc sales` to remove them.',
    });
    const project = await openProject({ dir });
    try {
      const leftovers = { objects: 1, bytes: 2048 };
      const recovered = await project.recover({ dryRun: true });
      expectValid('recover', JSON.parse(JSON.stringify(recovered)));
      expect(recovered.datasets).toMatchObject([{ leftovers }]);
      expect((await project.recover()).datasets).toMatchObject([{ leftovers }]);
      expect(await project.gc()).toMatchObject(leftovers);
      expect(await readdir(scratch)).toEqual([]);
      expect((await project.recover()).datasets[0]).not.toHaveProperty('leftovers');
    } finally {
      await project.close();
    }
    expect(named(await doctor(), 'settled')).toMatchObject({ passed: true });
  });

  it('notes a folder that every user can change, and names the command', async () => {
    await define('./lake', './raw');
    const root = path.join(dir, 'lake', 'sales');
    await mkdir(root, { recursive: true });
    await chmod(root, 0o777);
    expect(named(await doctor(), 'owner')).toMatchObject({
      passed: false,
      needed: false,
      hint: `Run \`chmod o-w ${root}\`.`,
    });
  });

  it('knows no dataset of another name', async () => {
    await define('./lake', './raw');
    await expect(doctor(['salse'])).rejects.toMatchObject({ code: 'DATASET_UNKNOWN' });
  });
});

describe('doctor on S3', () => {
  let server: S3Server;
  const before: Record<string, string | undefined> = {};

  beforeEach(async () => {
    server = await startS3Server({ buckets: ['raw', 'lake'] });
    for (const [name, value] of Object.entries(server.env)) {
      before[name] = process.env[name];
      process.env[name] = value;
    }
    await define('s3://lake/clean', 's3://raw');
  });

  afterEach(async () => {
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    await server.close();
  });

  it('passes a right store, and remembers what it proved for the runs to come', async () => {
    const document = await doctor();
    expect(failed(document)).toEqual([]);
    expect(names(document).slice(3)).toEqual([
      ...['list', 'write', 'clock', 'delete', 'target', ...PROBES],
      ...['lifecycle', 'versioning', 'object-lock', 'journal', 'pin', 'settled', 'input'],
    ]);
    const written = server.requests.filter(({ operation }) => operation === 'PutObject').at(-1);
    expect(written?.key).toBe('clean/_lakefill/sales/probe.json');
  });

  it('finds that a second writer is let in although nothing else shows it', async () => {
    server.ignored.add('put-if-none-match');
    const document = await doctor();
    expect(failed(document)).toEqual(['put-if-absent']);
    expect(named(document, 'put-if-absent')).toMatchObject({
      evidence: '17 of 17 writers won',
      hint: expect.stringContaining('--single-writer') as string,
    });
  });

  it('names the statement that lets it delete, and tries nothing further', async () => {
    server.denied.add('s3:DeleteObject');
    const document = await doctor();
    expect(failed(document)).toEqual(['delete', 'enforcement']);
    expect(named(document, 'delete').hint).toContain(
      '{"Effect":"Allow","Action":["s3:DeleteObject"],"Resource":["arn:aws:s3:::lake/clean/_lakefill/sales/*"]}',
    );
  });

  it('names the statement that lets it list, and still tries to write', async () => {
    server.denied.add('s3:ListBucket');
    const document = await doctor();
    expect(failed(document)).toEqual(expect.arrayContaining(['list', 'journal', 'input']) as string[]);
    expect(named(document, 'list').hint).toContain(
      '{"Effect":"Allow","Action":["s3:ListBucket"],"Resource":["arn:aws:s3:::lake"]}',
    );
    expect(names(document)).toContain('write');
  });

  it('says once that an endpoint is down, and leaves the rest out', async () => {
    await server.close();
    const document = await doctor();
    expect(failed(document)).toEqual(['list', 'input']);
    expect(named(document, 'list')).toMatchObject({
      store: 's3://lake/',
      hint: expect.stringContaining(server.endpoint) as string,
    });
    expect(names(document)).not.toContain('write');
  });
});

describe('findings', () => {
  it.each([
    ['20.18.1', false],
    ['20.19.0', true],
    ['22.0.0', true],
    ['18.20.0', false],
  ])('Node %s passes: %s', (version, passed) => expect(nodeFinding(version).passed).toBe(passed));

  it('a clock may be a minute off, and whole seconds are no difference', () => {
    const same = "this machine's clock and the store's agree to the second";
    expect(clockFinding(1000, 1999, 2100)).toEqual({ passed: true, evidence: same });
    const minute = "this machine's clock and the store's differ by about 60 s";
    expect(clockFinding(62_000, 1900, 2000)).toEqual({ passed: true, evidence: minute });
    expect(clockFinding(92_000, 1900, 2000)).toMatchObject({
      passed: false,
      needed: false,
      evidence: "the store's clock is 90 s ahead of this machine's",
    });
    expect(clockFinding(0, 91_000, 91_500).evidence).toBe("the store's clock is 90 s behind this machine's");
  });

  it('a key that a dead run left in the middle is told from one that a live run works on', () => {
    const attempt = { attempt: 'a', run: 'r1' } as never;
    const state = { sequence: 3, keys: new Map([['k', { ...absentKey('k'), phase: 'promoting', attempt }]]) };
    const lease = (alive: boolean): FoundLease => ({
      path: 'p',
      alive,
      content: {
        format: LEASE_FORMAT,
        run: 'r1',
        nonce: '',
        at: '',
        by: '',
        machine: '',
        pid: 1,
        started: null,
        keys: ['k'],
        working: [],
      },
    });
    const finding = (leases: FoundLease[]) => settledFinding(state as never, leases, 'sales');
    expect(finding([lease(true)])).toMatchObject({ passed: true });
    expect(finding([lease(false)])).toEqual({
      passed: false,
      evidence: 'a process ended in the middle of publishing k (promoting)',
      hint: 'Run `lakefill recover sales`; every command that writes does it first.',
    });
    expect(settledFinding({ sequence: 0, keys: new Map() }, [lease(false)], 'sales')).toMatchObject({
      passed: false,
      needed: false,
    });
  });

  it('folding harms only where two partitions are one', () => {
    const folding = { case: true, unicode: false };
    expect(foldingFinding(['r=a', 'r=b'], folding)).toMatchObject({ passed: true });
    expect(foldingFinding(['r=a', 'r=A'], folding)).toMatchObject({ passed: false });
    expect(foldingFinding(['r=a', 'r=A'], null)).toMatchObject({ passed: true });
  });

  it('little room is noted, none is a failure', () => {
    expect(spaceFinding(2 ** 30, 2 ** 40)).toMatchObject({ passed: true });
    expect(spaceFinding(2 ** 29, 2 ** 40)).toMatchObject({ passed: false, needed: false });
    expect(spaceFinding(0, 2 ** 40)).toMatchObject({ passed: false, needed: true });
  });

  it("another user's folder is noted", () => {
    expect(ownerFinding([{ folder: '/l', uid: 7, mode: 0o755 }], 7)).toMatchObject({ passed: true });
    expect(ownerFinding([{ folder: '/l', uid: 7, mode: 0o755 }], 8)).toMatchObject({
      passed: false,
      needed: false,
      evidence: '/l belongs to user 7, and lakefill runs as user 8',
    });
    expect(ownerFinding([{ folder: '/tmp', uid: 7, mode: 0o1777 }], 7)).toMatchObject({ passed: true });
  });
});
