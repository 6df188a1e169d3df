/**
 * An S3 server for tests, in this process, on the loopback interface: real HTTP, driven by the real SDK.
 * Path-style addresses only. What it does not know it refuses with 501, so nothing passes by accident.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { errorResponse, replaceAnswer, send } from './answer.js';
import { Bucket } from './bucket.js';
import { S3Error } from './errors.js';
import { Faults, type Fault } from './faults.js';
import { authenticate, receive, type Received } from './receive.js';
import { execute } from './router.js';
import type { Condition } from './conditions.js';
import type { S3Request, S3Response } from './types.js';
import type { World } from './world.js';

export interface S3ServerOptions {
  /** Made at the start. A name alone is in us-east-1. */
  readonly buckets?: readonly (
    string | { readonly name: string; readonly region?: string; readonly versioned?: boolean }
  )[];
  /** Access key -> secret; null checks no signatures. */
  readonly credentials?: Readonly<Record<string, string>> | null;
  /** The server's wall clock. */
  readonly now?: () => number;
  readonly minPartBytes?: number;
  readonly port?: number;
}

/** One request as it was served. Headers that sign are not kept. */
export interface LoggedRequest {
  readonly operation: string;
  readonly bucket: string;
  readonly key: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: number;
  /** null: no answer was given. */
  status: number | null;
}

export interface S3Server {
  /** `http://127.0.0.1:PORT` */
  readonly endpoint: string;
  /** What an AWS tool needs in its environment to use this server. */
  readonly env: Readonly<Record<string, string>>;
  readonly buckets: ReadonlyMap<string, Bucket>;
  readonly faults: Faults;
  readonly requests: LoggedRequest[];
  /** Conditions that are ignored, or refused with 501. Changes apply to the next request. */
  readonly ignored: Set<Condition>;
  readonly refused: Set<Condition>;
  /** IAM actions that the caller does not have. */
  readonly denied: Set<string>;
  close(): Promise<void>;
}

export const TEST_CREDENTIALS = { AKIATEST: 'secret-of-the-test-server' };

export async function startS3Server(options: S3ServerOptions = {}): Promise<S3Server> {
  const buckets = new Map<string, Bucket>();
  for (const entry of options.buckets ?? ['lake']) {
    const given = typeof entry === 'string' ? { name: entry } : entry;
    const bucket = new Bucket(given.name, ('region' in given && given.region) || 'us-east-1');
    if ('versioned' in given && given.versioned) bucket.versioning = 'Enabled';
    buckets.set(given.name, bucket);
  }
  const state = {
    ignored: new Set<Condition>(),
    refused: new Set<Condition>(),
    denied: new Set<string>(),
    faults: new Faults(),
    requests: [] as LoggedRequest[],
  };
  const world: World = {
    ...state,
    buckets,
    now: options.now ?? Date.now,
    minPartBytes: options.minPartBytes ?? 5 * 1024 * 1024,
  };
  const credentials = options.credentials === undefined ? TEST_CREDENTIALS : options.credentials;
  const server = createServer({ keepAliveTimeout: 30_000 }, (message, out) => {
    serve(world, state, credentials, message, out).catch(() => message.socket.destroy());
  });
  await listen(server, options.port ?? 0);
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const [accessKey, secret] = Object.entries(credentials ?? TEST_CREDENTIALS)[0]!;
  return {
    ...state,
    buckets,
    endpoint,
    env: {
      AWS_ENDPOINT_URL_S3: endpoint,
      AWS_ACCESS_KEY_ID: accessKey,
      AWS_SECRET_ACCESS_KEY: secret,
      AWS_REGION: 'us-east-1',
    },
    close: () => close(server),
  };
}

async function serve(
  world: World,
  state: { faults: Faults; requests: LoggedRequest[] },
  credentials: Readonly<Record<string, string>> | null,
  message: IncomingMessage,
  out: ServerResponse,
): Promise<void> {
  const received = await receive(message);
  const entry = log(received.request);
  state.requests.push(entry);
  const faults = state.faults.draw(received.request);
  const answer = await answerTo(world, credentials, received, faults, message);
  if (answer === 'none') return;
  entry.status = answer.status;
  await send(message, out, received.request, answer, faults, world.now());
}

async function answerTo(
  world: World,
  credentials: Readonly<Record<string, string>> | null,
  received: Received,
  faults: readonly Fault[],
  message: IncomingMessage,
): Promise<S3Response | 'none'> {
  const before = await apply(faults, 'before', received.request, message);
  if (before) return before;
  const response = attempt(world, credentials, corrupted(received, faults));
  return (await apply(faults, 'after', received.request, message)) ?? response;
}

async function apply(
  faults: readonly Fault[],
  when: 'before' | 'after',
  request: S3Request,
  message: IncomingMessage,
): Promise<S3Response | 'none' | null> {
  for (const fault of faults) {
    if ((fault.when ?? 'before') !== when) continue;
    if (fault.action.kind === 'run') await fault.action.run(request);
    const instead = replaceAnswer(fault.action, message.socket);
    if (instead) return instead;
  }
  return null;
}

function attempt(
  world: World,
  credentials: Readonly<Record<string, string>> | null,
  received: Received,
): S3Response {
  try {
    const { request, region } = authenticate(received, credentials, world.now());
    const bucket = world.buckets.get(request.bucket);
    if (region !== null && bucket && bucket.region !== region)
      throw new S3Error(
        301,
        'PermanentRedirect',
        'The bucket you are attempting to access must be addressed using the specified endpoint.',
        { 'x-amz-bucket-region': bucket.region },
      );
    return execute(world, request);
  } catch (error) {
    if (error instanceof S3Error) return errorResponse(error);
    return errorResponse(new S3Error(500, 'InternalError', String(error)));
  }
}

function corrupted(received: Received, faults: readonly Fault[]): Received {
  const fault = faults.find((f) => f.action.kind === 'corrupt-request');
  if (fault?.action.kind !== 'corrupt-request' || received.request.body.length === 0) return received;
  const body = Buffer.from(received.request.body);
  body[fault.action.at ?? 0]! ^= 1;
  return { ...received, request: { ...received.request, body } };
}

function log(request: S3Request): LoggedRequest {
  const headers = { ...request.headers };
  delete headers['authorization'];
  delete headers['x-amz-security-token'];
  const { operation, bucket, key, query } = request;
  return { operation, bucket, key, query, headers, bytes: request.body.length, status: null };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
