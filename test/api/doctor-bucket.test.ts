/** Settings of a bucket that act behind everybody's back: what `doctor` says of them, and what writing commands do. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { examineBucket } from '../../src/api/doctor-bucket.js';
import { Examination } from '../../src/api/doctor-checks.js';
import { systemClock } from '../../src/clock.js';
import { loadProject } from '../../src/dataset/load.js';
import { openProject } from '../../src/index.js';
import type { DoctorCheck } from '../../src/index.js';
import { parts } from '../../src/parts.js';
import { createS3Store } from '../../src/store/s3/store.js';
import { startS3Server, type Bucket, type S3Server } from '../support/s3-server/index.js';

let dir: string;
let server: S3Server;
let lake: Bucket;
const before: Record<string, string | undefined> = {};

beforeEach(async () => {
  server = await startS3Server({ buckets: ['raw', 'lake'] });
  lake = server.buckets.get('lake')!;
  for (const [name, value] of Object.entries(server.env)) {
    before[name] = process.env[name];
    process.env[name] = value;
  }
  dir = await mkdtemp(path.join(tmpdir(), 'lakefill-bucket-'));
  await mkdir(path.join(dir, 'partitions'));
  await writeFile(
    path.join(dir, 'partitions', 'sales.yaml'),
    `target: s3://lake/clean/sales/dt={dt}/
partition:
  dt: { grain: day, start: 2025-01-01, end: 2025-01-03 }
inputs:
  raw: s3://raw/sales/dt={dt}/*.parquet
`,
  );
  await writeFile(path.join(dir, 'partitions', 'sales.sql'), 'SELECT * FROM raw\n');
});

afterEach(async () => {
  for (const [name, value] of Object.entries(before)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  await rm(dir, { recursive: true, force: true });
  await server.close();
});

/** The three checks of the bucket's settings. */
async function settings(): Promise<Record<string, DoctorCheck>> {
  const project = await loadProject({ dir, env: {}, checkParts: parts(systemClock).checks });
  const store = await createS3Store({ bucket: 'lake', env: server.env });
  try {
    const examination = new Examination(systemClock, undefined);
    const context = { project, stores: () => store, signal: undefined };
    await examineBucket(context, examination, project.datasets[0]!);
    return Object.fromEntries(examination.checks.map((check) => [check.name, check]));
  } finally {
    await store.close();
  }
}

const rule = (id: string, inside: string, filter = '', status = 'Enabled') =>
  `<Rule><ID>${id}</ID><Filter><Prefix>${filter}</Prefix></Filter><Status>${status}</Status>${inside}</Rule>`;
const lifecycle = (...rules: string[]) =>
  `<LifecycleConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${rules.join('')}</LifecycleConfiguration>`;
const EXPIRE = '<Expiration><Days>30</Days></Expiration>';
const ABORT_SOON =
  '<AbortIncompleteMultipartUpload><DaysAfterInitiation>1</DaysAfterInitiation></AbortIncompleteMultipartUpload>';
const HARMLESS = lifecycle(
  rule(
    'late',
    '<AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation></AbortIncompleteMultipartUpload>',
  ),
  rule(
    'old-versions',
    '<NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays></NoncurrentVersionExpiration>',
  ),
  rule('elsewhere', EXPIRE, 'tmp/'),
  rule('off', EXPIRE, '', 'Disabled'),
);

describe('doctor on a bucket', () => {
  it('passes one without anything set', async () => {
    expect(await settings()).toMatchObject({
      lifecycle: { passed: true, evidence: 'the bucket has no lifecycle rules' },
      versioning: { passed: true, evidence: expect.stringMatching(/^off/) as string },
      'object-lock': { passed: true, evidence: 'off' },
    });
  });

  it('passes rules that touch nothing of ours', async () => {
    lake.lifecycle = HARMLESS;
    expect(await settings()).toMatchObject({ lifecycle: { passed: true, hint: null } });
  });

  it('names the rule that would expire the dataset, with the setting to change', async () => {
    lake.lifecycle = lifecycle(rule('keep-a-month', EXPIRE, 'clean/'), rule('quick', ABORT_SOON));
    const { lifecycle: found } = await settings();
    expect(found).toMatchObject({ passed: false, needed: true, dataset: 'sales', store: 's3://lake/' });
    expect(found!.evidence).toContain('"keep-a-month" of s3://lake/ expires objects below clean/sales/');
    expect(found!.evidence).toContain('Expiration.Days = 30 of Prefix = "clean/"');
    expect(found!.hint).toContain('Remove Expiration from rule "keep-a-month"');
    expect(found!.hint).toContain(
      'Set AbortIncompleteMultipartUpload.DaysAfterInitiation of rule "quick" to 7',
    );
  });

  it('says that versions stay, and that new objects are locked', async () => {
    lake.versioning = 'Enabled';
    lake.objectLock =
      '<ObjectLockConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>GOVERNANCE</Mode><Days>30</Days></DefaultRetention></Rule></ObjectLockConfiguration>';
    expect(await settings()).toMatchObject({
      versioning: { passed: true, evidence: expect.stringMatching(/^on: .*lakefill gc/) as string },
      'object-lock': { passed: true, evidence: expect.stringContaining('GOVERNANCE, 30 days') as string },
    });
  });

  it('notes what it may not read, with the statement that would allow it', async () => {
    lake.versioning = 'Enabled';
    for (const action of [
      's3:GetLifecycleConfiguration',
      's3:ListBucketVersions',
      's3:GetBucketObjectLockConfiguration',
    ])
      server.denied.add(action);
    const found = await settings();
    for (const [name, action] of [
      ['lifecycle', 's3:GetLifecycleConfiguration'],
      ['versioning', 's3:ListBucketVersions'],
      ['object-lock', 's3:GetBucketObjectLockConfiguration'],
    ] as const) {
      expect(found[name]).toMatchObject({ passed: false, needed: false });
      expect(found[name]!.hint).toContain(
        `{"Effect":"Allow","Action":["${action}"],"Resource":["arn:aws:s3:::lake"]}`,
      );
    }
  });

  it('takes a store that knows no such settings as it is', async () => {
    const action = { kind: 'status', status: 501, code: 'NotImplemented' } as const;
    const operation = [
      'GetBucketLifecycleConfiguration',
      'GetBucketVersioning',
      'GetObjectLockConfiguration',
    ];
    server.faults.plant({ operation, times: 99, action });
    expect(Object.values(await settings()).map(({ passed }) => passed)).toEqual([true, true, true]);
  });
});

describe('a writing command', () => {
  async function recover() {
    const project = await openProject({ dir });
    try {
      return await project.recover();
    } finally {
      await project.close();
    }
  }

  it.each([
    ['expires its objects', rule('keep-a-month', EXPIRE, 'clean/'), 'keep-a-month'],
    ['expires only its control objects', rule('no-hidden', EXPIRE, 'clean/_lakefill/'), 'no-hidden'],
    ['aborts its uploads', rule('quick', ABORT_SOON), 'quick'],
  ])('is refused under a rule that %s, and writes nothing', async (_, xml, id) => {
    lake.lifecycle = lifecycle(xml);
    await expect(recover()).rejects.toMatchObject({
      code: 'TARGET_REFUSED',
      message: expect.stringContaining(`"${id}"`) as string,
      hint: expect.stringContaining(`rule "${id}"`) as string,
    });
    expect([...lake.objects('')]).toEqual([]);
  });

  it('finds a rule that was added later', async () => {
    await recover();
    lake.lifecycle = lifecycle(rule('late-idea', EXPIRE));
    await expect(recover()).rejects.toMatchObject({ code: 'TARGET_REFUSED' });
  });

  it('goes on where the rules are harmless, or may not be read', async () => {
    lake.lifecycle = HARMLESS;
    await recover();
    lake.lifecycle = lifecycle(rule('keep-a-month', EXPIRE));
    server.denied.add('s3:GetLifecycleConfiguration');
    await recover();
  });
});
