/**
 * The demo's lake in a bucket: LocalStack, started for the demo, or the endpoint that AWS_ENDPOINT_URL names. What the
 * folder holds is brought there file by file, as somebody who delivers data would.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { DeleteObjectsCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { createBucket } from '../../localstack/create-bucket.mjs';
import { startLocalStack } from '../../localstack/server.mjs';

const BUCKET = 'lakefill-demo';
const PORT = 4577;
const LANES = 8;

/** `{ url, env, what, mirror(folder), close() }`, the bucket empty. Throws when there is no server. */
export async function openBucket() {
  const given = process.env.AWS_ENDPOINT_URL;
  const server = given ? null : await startLocalStack({ port: PORT, bucket: BUCKET });
  // Whatever ends the demo ends its server too.
  if (server) process.once('exit', () => void server.stop());
  const env = {
    AWS_ENDPOINT_URL_S3: given ?? server.endpoint,
    AWS_REGION: process.env.AWS_REGION ?? 'us-east-1',
    AWS_ACCESS_KEY_ID: process.env.AWS_ACCESS_KEY_ID ?? 'test',
    AWS_SECRET_ACCESS_KEY: process.env.AWS_SECRET_ACCESS_KEY ?? 'test',
  };
  const credentials = { accessKeyId: env.AWS_ACCESS_KEY_ID, secretAccessKey: env.AWS_SECRET_ACCESS_KEY };
  const client = new S3Client({
    endpoint: env.AWS_ENDPOINT_URL_S3,
    region: env.AWS_REGION,
    forcePathStyle: true,
    credentials,
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 60_000, throwOnRequestTimeout: true },
  });
  const close = async () => {
    client.destroy();
    await server?.stop();
  };
  try {
    if (given) await createBucket(given, BUCKET, credentials);
    await empty(client);
  } catch (error) {
    await close();
    throw error;
  }
  const sent = new Map();
  const what = server ? `LocalStack ${server.version}` : given;
  return { url: `s3://${BUCKET}/`, env, what, mirror: (folder) => mirror(client, folder, sent), close };
}

/** Makes the bucket's keys below `raw/` those of the folder: new and changed files are sent, others removed. Returns files sent. */
async function mirror(client, folder, sent) {
  const files = (await readdir(path.join(folder, 'raw'), { recursive: true, withFileTypes: true })).filter(
    (e) => e.isFile(),
  );
  const found = new Map();
  for (const entry of files) {
    const file = path.join(entry.parentPath, entry.name);
    const { size, mtimeMs, ino } = await stat(file);
    found.set(path.relative(folder, file).split(path.sep).join('/'), {
      file,
      version: `${size} ${mtimeMs} ${ino}`,
    });
  }
  await remove(
    client,
    [...sent.keys()].filter((key) => !found.has(key)),
  );
  const waiting = [...found].filter(([key, { version }]) => sent.get(key) !== version);
  const count = waiting.length;
  const lane = async () => {
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      const [key, { file }] = next;
      await client.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: await readFile(file) }));
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  sent.clear();
  for (const [key, { version }] of found) sent.set(key, version);
  return count;
}

async function empty(client) {
  for (;;) {
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: BUCKET }));
    if (Contents.length === 0) return;
    await remove(
      client,
      Contents.map((object) => object.Key),
    );
  }
}

async function remove(client, keys) {
  for (let i = 0; i < keys.length; i += 1000) {
    const Objects = keys.slice(i, i + 1000).map((Key) => ({ Key }));
    const { Errors = [] } = await client.send(
      new DeleteObjectsCommand({ Bucket: BUCKET, Delete: { Objects, Quiet: true } }),
    );
    if (Errors.length > 0) throw new Error(`${Errors[0].Key} could not be deleted: ${Errors[0].Message}`);
  }
}
