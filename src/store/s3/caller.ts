/**
 * Sends one command and brings back its output with the answer's headers, or its failure as a value. No retries, with
 * one exception: a request refused for a skewed clock had no effect, and the SDK has just learned the right time.
 */
import { throwIfAborted, type LakefillError } from '../../core/errors.js';
import { heardByMany } from '../../core/signal.js';
import { toError, type Attempted } from './errors.js';
import { failureOf, type Failure } from './failure.js';
import type {
  $Command,
  S3Client,
  S3ClientResolvedConfig,
  ServiceInputTypes,
  ServiceOutputTypes,
} from '@aws-sdk/client-s3';

export type AnyCommand<I extends ServiceInputTypes, O extends ServiceOutputTypes> = $Command<
  I,
  O,
  S3ClientResolvedConfig,
  ServiceInputTypes,
  ServiceOutputTypes
>;

export interface Answer<O> {
  readonly output: O;
  /** Of the answer, names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

export type Attempt<O> =
  | ({ readonly ok: true } & Answer<O>)
  | { readonly ok: false; readonly failure: Failure; readonly error: () => LakefillError };

export interface Caller {
  readonly bucket: string;
  readonly endpoint: string | null;
  /** One request. Throws CANCELLED when the signal is aborted; every other failure is the result. */
  attempt<I extends ServiceInputTypes, O extends ServiceOutputTypes>(
    command: AnyCommand<I, O>,
    path: string,
    signal?: AbortSignal,
  ): Promise<Attempt<O>>;
  /** As `attempt`, for requests of which no failure is expected: throws the mapped error. */
  send<I extends ServiceInputTypes, O extends ServiceOutputTypes>(
    command: AnyCommand<I, O>,
    path: string,
    signal?: AbortSignal,
  ): Promise<Answer<O>>;
}

export function createCaller(client: S3Client, bucket: string, endpoint: string | null): Caller {
  async function attempt<I extends ServiceInputTypes, O extends ServiceOutputTypes>(
    command: AnyCommand<I, O>,
    path: string,
    signal?: AbortSignal,
  ): Promise<Attempt<O>> {
    throwIfAborted(signal);
    heardByMany(signal);
    let headers: Record<string, string> = {};
    command.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        headers = (result.response as { headers?: Record<string, string> }).headers ?? {};
        return result;
      },
      { step: 'deserialize', priority: 'high', name: 'lakefillHeaders', override: true },
    );
    const once = async (): Promise<Attempt<O>> => {
      try {
        const output = await client.send(command, signal ? { abortSignal: signal } : {});
        return { ok: true, output, headers };
      } catch (error) {
        throwIfAborted(signal);
        const failure = failureOf(error);
        const at: Attempted = { operation: operationOf(command), bucket, path, endpoint };
        return { ok: false, failure, error: () => toError(failure, at) };
      }
    };
    const first = await once();
    return !first.ok && first.failure.code === 'RequestTimeTooSkewed' ? once() : first;
  }
  return {
    bucket,
    endpoint,
    attempt,
    async send(command, path, signal) {
      const result = await attempt(command, path, signal);
      if (!result.ok) throw result.error();
      return result;
    },
  };
}

const operationOf = (command: object) => command.constructor.name.replace(/Command$/, '');

export const isStatus = (result: Attempt<unknown>, status: number): boolean =>
  !result.ok && result.failure.status === status;
