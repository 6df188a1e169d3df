/** What a project may say about one S3 store (`stores:` in lakefill.yaml), and what follows when it says nothing. */
import { z } from 'zod';

const milliseconds = z.number().int().positive();

/** Unknown keys are errors, like everywhere in a definition. Secrets are no options: credentials come as AWS tools take them. */
export const s3OptionsSchema = z.strictObject({
  /** URL of an S3-compatible store; absent: AWS, or what the environment and the profile name. */
  endpoint: z.url({ protocol: /^https?$/ }).optional(),
  region: z.string().min(1).optional(),
  profile: z.string().min(1).optional(),
  /** `https://host/bucket/key` instead of `https://bucket.host/key`. Default: true for a custom endpoint. */
  pathStyle: z.boolean().optional(),
  /** KMS key id, alias or ARN: new objects are encrypted with it. */
  kmsKey: z.string().min(1).optional(),
  storageClass: z.string().min(1).optional(),
  requesterPays: z.boolean().optional(),
  /** Give the bucket's owner full control of what is written; needs `s3:PutObjectAcl`. */
  bucketOwnerFullControl: z.boolean().optional(),
  /** File of PEM certificates to trust in addition to nothing else. Default: `AWS_CA_BUNDLE`, then the profile's `ca_bundle`. */
  caBundle: z.string().min(1).optional(),
  /** Send a CRC32 with every upload. Default: true for AWS; some compatible stores refuse the header. */
  checksums: z.boolean().optional(),
  connectTimeout: milliseconds.optional(),
  requestTimeout: milliseconds.optional(),
  idleTimeout: milliseconds.optional(),
});

export type S3Options = z.infer<typeof s3OptionsSchema>;

/** Milliseconds. A request is given up when the answer has not begun in time, or a socket was silent for that long. */
export const DEFAULT_TIMEOUTS = { connect: 10_000, request: 120_000, idle: 60_000 } as const;
