/** What the handlers of the server pass around. */
import type { Checksum } from './checksums.js';
import type { Content } from './content.js';

export interface S3Request {
  /** Name of the API operation, as the SDK's commands have it: `PutObject`. */
  readonly operation: string;
  readonly method: string;
  readonly bucket: string;
  readonly key: string;
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Decoded: without aws-chunked framing. */
  readonly body: Buffer;
  /** Checksums that came in headers or trailers, already verified against the body. */
  readonly checksum: Checksum | null;
}

export interface S3Response {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Content | Buffer | null;
}

export interface StoredObject {
  readonly versionId: string;
  /** With its quotes. */
  readonly etag: string;
  readonly content: Content;
  /** Whole seconds, as S3 keeps it. */
  readonly lastModified: number;
  /** `content-type`, `x-amz-meta-*`, `x-amz-storage-class`, encryption headers: answered as they came. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly tags: string;
  readonly checksum: Checksum | null;
}

export interface Upload {
  readonly id: string;
  readonly key: string;
  readonly initiated: number;
  readonly attributes: Readonly<Record<string, string>>;
  readonly tags: string;
  readonly algorithm: Checksum['algorithm'] | null;
  readonly checksumType: Checksum['type'];
  readonly parts: Map<
    number,
    { etag: string; content: Content; checksum: Checksum | null; lastModified: number }
  >;
}
