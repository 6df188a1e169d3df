/**
 * The SDK's client as this store uses it: no retries (a retried conditional write reports its own success as a
 * conflict), bounded waits everywhere, no checksum that the store did not ask for.
 */
import { readFile } from 'node:fs/promises';
import { S3Client } from '@aws-sdk/client-s3';
import { LakefillError } from '../../core/errors.js';
import type { Connection } from './connection.js';

/** More than any limiter lets through: a request waiting for a socket would count as a connection that takes too long. */
const MAX_SOCKETS = 512;

export async function createClient(connection: Connection, bucket: string): Promise<S3Client> {
  // The package pins the SDK and states its own Node versions; the SDK's notice about later releases helps no user of it.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const { endpoint, region, profile, keys, timeouts } = connection;
  if (region === null) {
    throw new LakefillError(
      'STORE_WRONG_REGION',
      `No region is known for s3://${bucket}/. Nothing was sent.`,
      {
        hint: 'Set AWS_REGION, or `region` for this store in lakefill.yaml.',
        context: { bucket },
      },
    );
  }
  const ca = connection.caBundle === null ? undefined : await readBundle(connection.caBundle);
  const agent = { maxSockets: MAX_SOCKETS, keepAlive: true };
  const client = new S3Client({
    region,
    ...(endpoint === null ? {} : { endpoint }),
    ...(keys ? { credentials: keys } : {}),
    ...(profile === null ? {} : { profile }),
    forcePathStyle: connection.pathStyle,
    maxAttempts: 1,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // Waiting for "100 Continue" opens a new connection for each upload.
    expectContinueHeader: false,
    requestHandler: {
      connectionTimeout: timeouts.connect,
      requestTimeout: timeouts.request,
      throwOnRequestTimeout: true,
      socketTimeout: timeouts.idle,
      httpAgent: agent,
      httpsAgent: { ...agent, ...(ca ? { ca } : {}) },
    },
  });
  // It takes a tenth of the time of a small request to prepare what nobody logs.
  client.middlewareStack.remove('loggerMiddleware');
  return client;
}

async function readBundle(file: string): Promise<Buffer> {
  return readFile(file).catch((cause: unknown) => {
    throw new LakefillError(
      'STORE_FAILED',
      `The certificate bundle ${file} cannot be read. Nothing was sent.`,
      {
        hint: 'Correct AWS_CA_BUNDLE or `caBundle`.',
        context: { file },
        cause,
      },
    );
  });
}
