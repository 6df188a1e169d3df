/** Writes an answer to the socket, and does to it what the faults of its request say. */
import { sliceContent, type Content } from './content.js';
import { tellLie } from './lies.js';
import { escapeXml } from './xml.js';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Fault, FaultAction } from './faults.js';
import type { S3Error } from './errors.js';
import type { S3Request, S3Response } from './types.js';

const PIECE = 1024 * 1024;

export function errorResponse(error: Pick<S3Error, 'status' | 'code' | 'message' | 'headers'>): S3Response {
  const body = Buffer.from(
    `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${error.code}</Code><Message>${escapeXml(error.message)}</Message><RequestId>TEST</RequestId></Error>`,
  );
  return { status: error.status, headers: { ...error.headers, 'content-type': 'application/xml' }, body };
}

/** Faults that take the answer's place; null where the request goes on. Resolves with the socket dealt with. */
export function replaceAnswer(
  action: FaultAction,
  socket: IncomingMessage['socket'],
): S3Response | 'none' | null {
  switch (action.kind) {
    case 'status': {
      const { status, code, headers = {} } = action;
      return errorResponse({ status, code, message: code, headers });
    }
    case 'error-body': {
      const { body, headers } = errorResponse({
        status: 200,
        code: action.code,
        message: action.code,
        headers: {},
      });
      return { status: 200, headers, body };
    }
    case 'reset':
      socket.destroy();
      return 'none';
    case 'stall':
      return 'none';
    case 'stall-body':
    case 'truncate':
    case 'corrupt-answer':
    case 'corrupt-request':
    case 'lie':
    case 'run':
      return null;
  }
}

export async function send(
  message: IncomingMessage,
  out: ServerResponse,
  request: S3Request,
  response: S3Response,
  faults: readonly Fault[],
  now: number,
): Promise<void> {
  const mutations = faults.map((f) => f.action);
  const size =
    response.body === null ? 0 : Buffer.isBuffer(response.body) ? response.body.length : response.body.size;
  const truncate = mutations.find((a) => a.kind === 'truncate');
  const stall = mutations.find((a) => a.kind === 'stall-body');
  const corrupt = mutations.find((a) => a.kind === 'corrupt-answer');
  const lie = mutations.find((a) => a.kind === 'lie');

  let body = response.body;
  if (lie && Buffer.isBuffer(body)) body = tellLie(lie.lie, body, request.query);
  const length = lie && Buffer.isBuffer(body) ? body.length : size;
  out.sendDate = false;
  const silent = truncate?.silent === true;
  out.writeHead(response.status, {
    ...response.headers,
    date: new Date(now).toUTCString(),
    'x-amz-request-id': 'TEST',
    ...(silent || response.status === 204 || response.status === 304 ? {} : { 'content-length': length }),
    ...(silent ? { connection: 'close' } : {}),
  });
  if (message.method === 'HEAD' || body === null) {
    out.end();
    return;
  }
  const limit = truncate?.bytes ?? stall?.bytes ?? length;
  await writeBody(out, body, Math.min(limit, length), corrupt ? (corrupt.at ?? 0) : null);
  if (stall) return;
  // Without a Content-Length the end of the body looks like any other end.
  if (truncate && !silent) message.socket.destroySoon();
  else out.end();
}

async function writeBody(
  out: ServerResponse,
  body: Content | Buffer,
  length: number,
  corruptAt: number | null,
) {
  const content = Buffer.isBuffer(body)
    ? { read: (start: number, end: number) => (body as Buffer).subarray(start, end) }
    : sliceContent(body, 0, body.size);
  for (let offset = 0; offset < length && !out.destroyed; offset += PIECE) {
    let piece = content.read(offset, Math.min(offset + PIECE, length));
    if (corruptAt !== null && corruptAt >= offset && corruptAt < offset + piece.length) {
      piece = Buffer.from(piece);
      piece[corruptAt - offset]! ^= 1;
    }
    if (!out.write(piece)) await drained(out);
  }
}

function drained(out: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    out.once('drain', resolve);
    out.once('close', resolve);
  });
}
