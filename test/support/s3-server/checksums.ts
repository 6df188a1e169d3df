/** The checksum algorithms of S3 headers, each as base64 of its big-endian bytes. */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

export type ChecksumAlgorithm = 'crc32' | 'crc32c' | 'crc64nvme' | 'sha1' | 'sha256';
export const CHECKSUM_ALGORITHMS: readonly ChecksumAlgorithm[] = [
  'crc32',
  'crc32c',
  'crc64nvme',
  'sha1',
  'sha256',
];

export interface Checksum {
  readonly algorithm: ChecksumAlgorithm;
  readonly value: string;
  readonly type: 'FULL_OBJECT' | 'COMPOSITE';
}

/** Reflected table of a CRC of up to 64 bits. */
function table(polynomial: bigint): BigUint64Array {
  const out = new BigUint64Array(256);
  for (let i = 0; i < 256; i += 1) {
    let crc = BigInt(i);
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1n ? (crc >> 1n) ^ polynomial : crc >> 1n;
    out[i] = crc;
  }
  return out;
}

// Castagnoli and NVMe polynomials, reflected.
const CRC32C = Uint32Array.from(table(0x82f63b78n), Number);
const CRC64 = table(0x9a6c9329ac4bc9b5n);

function crc32c(data: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of data) crc = (crc >>> 8) ^ CRC32C[(crc ^ byte) & 0xff]!;
  return (crc ^ 0xffffffff) >>> 0;
}

/** Two 32-bit halves: 64-bit integers would be slow. */
function crc64nvme(data: Uint8Array): Buffer {
  const low = Uint32Array.from(CRC64, (v) => Number(v & 0xffffffffn));
  const high = Uint32Array.from(CRC64, (v) => Number(v >> 32n));
  let lo = 0xffffffff;
  let hi = 0xffffffff;
  for (const byte of data) {
    const i = (lo ^ byte) & 0xff;
    lo = ((lo >>> 8) | (hi << 24)) ^ low[i]!;
    hi = (hi >>> 8) ^ high[i]!;
  }
  const out = Buffer.alloc(8);
  out.writeUInt32BE(~hi >>> 0, 0);
  out.writeUInt32BE(~lo >>> 0, 4);
  return out;
}

function fourBytes(value: number): string {
  const out = Buffer.alloc(4);
  out.writeUInt32BE(value);
  return out.toString('base64');
}

export function checksumOf(algorithm: ChecksumAlgorithm, data: Uint8Array): string {
  switch (algorithm) {
    case 'crc32':
      return fourBytes(crc32(data));
    case 'crc32c':
      return fourBytes(crc32c(data));
    case 'crc64nvme':
      return crc64nvme(data).toString('base64');
    case 'sha1':
    case 'sha256':
      return createHash(algorithm).update(data).digest('base64');
  }
}

/** Checksum of part checksums, as S3 forms it for a multipart upload: `<base64>-<parts>`. */
export function compositeOf(algorithm: ChecksumAlgorithm, parts: readonly string[]): string {
  return `${checksumOf(algorithm, Buffer.concat(parts.map((p) => Buffer.from(p, 'base64'))))}-${parts.length}`;
}
