/** What every operation of one S3 store shares. */
import type { Clock } from '../../clock.js';
import type { Instant } from '../../core/instant.js';
import type { StoreCapabilities } from '../object-store.js';
import type { Caller } from './caller.js';
import type { Connection } from './connection.js';
import type { S3Options } from './options.js';

/** What the store was found or told to do; a claim that it refuses (501) is taken back while running. */
export type LearnedCapabilities = { -readonly [K in keyof StoreCapabilities]: StoreCapabilities[K] };

export interface S3Context {
  readonly caller: Caller;
  readonly connection: Connection;
  readonly options: S3Options;
  readonly capabilities: LearnedCapabilities;
  readonly clock: Clock;
  /** Sizes at which transfers change their way; see sizes.ts. */
  readonly sizes: Sizes;
}

/** Bytes, but for `page`. */
export interface Sizes {
  /** Keys that a page of a listing is asked for. */
  readonly page: number;
  /** The largest body of one PutObject; a larger one goes in parts. */
  readonly single: number;
  readonly part: number;
  /** The largest object that one GetObject brings; a larger one comes in ranges of this size. */
  readonly range: number;
  /** The largest part that UploadPartCopy is asked for. */
  readonly copyPart: number;
  /** The largest object that CopyObject takes: a limit of S3. */
  readonly copy: number;
}

const MiB = 1024 * 1024;
export const SIZES: Sizes = {
  page: 1000,
  single: 32 * MiB,
  part: 16 * MiB,
  range: 8 * MiB,
  copyPart: 512 * MiB,
  copy: 5 * 1024 * MiB,
};

/** Requests of one transfer that are under way at once. */
export const TRANSFER_LANES = 4;
/** S3 takes at most this many parts. */
export const MAX_PARTS = 10_000;

export const quoted = (etag: string): string => `"${etag}"`;

/** The store's own clock as an answer shows it; ours where it does not. */
export function storeTime(headers: Readonly<Record<string, string>>, clock: Clock): Instant {
  const date = Date.parse(headers['date'] ?? '');
  return Number.isNaN(date) ? clock.now() : date;
}

/** Fields that every request of a requester-pays bucket carries. */
export function payer(options: S3Options): { RequestPayer?: 'requester' } {
  return options.requesterPays ? { RequestPayer: 'requester' } : {};
}
