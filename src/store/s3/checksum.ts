/** End-to-end checksums: which one an answer carries, and computing it while the bytes pass, once. */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Unverified } from '../object-store.js';
import { Crc64Nvme } from './crc64.js';

export interface Expected {
  readonly algorithm: 'crc32' | 'crc64nvme' | 'sha256' | 'md5';
  /** In the encoding of its source. */
  readonly value: string;
  /** False: only agreement says something, since not every ETag is an MD5. */
  readonly strict: boolean;
}

/** Metadata that lakefill writes: the hex SHA-256 of the whole object, where it was known when the write began. */
export const SHA256_METADATA = 'sha256';
/** Metadata that lakefill writes: which try of which process wrote the object. */
export const WRITE_METADATA = 'lakefill-write';

/** What to compare the whole object with, best first; null where the store gave nothing. */
export function expectedChecksum(headers: Readonly<Record<string, string>>): Expected | null {
  // A composite value (of parts) says nothing that can be computed without knowing the parts.
  if (headers['x-amz-checksum-type'] !== 'COMPOSITE') {
    for (const algorithm of ['crc32', 'sha256', 'crc64nvme'] as const) {
      const value = headers[`x-amz-checksum-${algorithm}`];
      if (value !== undefined && !value.includes('-')) return { algorithm, value, strict: true };
    }
  }
  const own = headers[`x-amz-meta-${SHA256_METADATA}`];
  if (own !== undefined && /^[0-9a-f]{64}$/.test(own))
    return { algorithm: 'sha256', value: Buffer.from(own, 'hex').toString('base64'), strict: true };
  const etag = (headers['etag'] ?? '').replaceAll('"', '');
  const encryption = headers['x-amz-server-side-encryption'] ?? '';
  if (/^[0-9a-f]{32}$/.test(etag) && !encryption.startsWith('aws:kms'))
    return { algorithm: 'md5', value: Buffer.from(etag, 'hex').toString('base64'), strict: false };
  return null;
}

/** Why nothing of the answer agrees with the bytes, where nothing contradicts them either. */
export function whyUnverified(headers: Readonly<Record<string, string>>): Unverified {
  return headers['x-amz-checksum-type'] === 'COMPOSITE' ? 'composite-checksum' : 'no-checksum';
}

export interface Digester {
  update(data: Uint8Array): void;
  /** Base64. */
  digest(): string;
}

export function digester(algorithm: Expected['algorithm']): Digester {
  if (algorithm === 'crc64nvme') return new Crc64Nvme();
  if (algorithm === 'crc32') return new Crc32();
  const hash = createHash(algorithm);
  return { update: (data) => void hash.update(data), digest: () => hash.digest('base64') };
}

class Crc32 implements Digester {
  private value = 0;
  update(data: Uint8Array): void {
    this.value = crc32(data, this.value);
  }
  digest(): string {
    const out = Buffer.alloc(4);
    out.writeUInt32BE(this.value);
    return out.toString('base64');
  }
}
