/** The keys of `lakefill.yaml`. */
import { z } from 'zod';
import { byteSize, positiveDuration, text } from './scalars.js';
import { strict } from './strict.js';

const store = strict({
  endpoint: z
    .url({ protocol: /^https?$/, error: 'must be a URL that begins with http:// or https://' })
    .optional()
    .describe('URL of an S3-compatible server. Default: AWS, or what the environment and the profile name.'),
  region: text.optional().describe('Region of the bucket. Default: as the AWS tools find it.'),
  profile: text.optional().describe('Profile of the AWS configuration files.'),
  pathStyle: z
    .boolean()
    .optional()
    .describe('Bucket in the path instead of the host name. Default: `true` with an endpoint.'),
  kmsKey: text.optional().describe('KMS key (id, alias or ARN) that encrypts new objects.'),
  storageClass: text.optional().describe('Storage class of new objects.'),
  requesterPays: z.boolean().optional().describe('Accept the costs of requests to a requester-pays bucket.'),
  bucketOwnerFullControl: z
    .boolean()
    .optional()
    .describe("Give the bucket's owner full control of what is written."),
  caBundle: text.optional().describe('File of PEM certificates to trust. Default: as the AWS tools find it.'),
  checksums: z.boolean().optional().describe('Send a checksum with every upload. Default: `true` for AWS.'),
  connectTimeout: positiveDuration.optional().describe('Longest wait for a connection. Default `10s`.'),
  requestTimeout: positiveDuration
    .optional()
    .describe('Longest wait for an answer to begin. Default `120s`.'),
  idleTimeout: positiveDuration.optional().describe('Longest silence of a connection. Default `60s`.'),
});

/** Every key but `defaults`, which takes any key of a dataset. All are validated one by one. */
export const settingsShape = {
  datasets: text.optional().describe('Folder of the definitions. Default `partitions/`.'),
  stores: z
    .record(text, store)
    .optional()
    .describe('Options by prefix, such as `s3://lake/`; the longest prefix of a location wins.'),
  scratch: text
    .optional()
    .describe(
      'Folder for the files of running tasks. Default: beside the journal of a local target, else the temporary folder.',
    ),
  concurrency: strict({
    partitions: z
      .int()
      .min(1)
      .optional()
      .describe('Partitions made at once. Default: by processors and memory.'),
    requests: z.int().min(1).optional().describe('Requests to a store at once. Default 16.'),
    uploads: z.int().min(1).optional().describe('Uploads at once. Default 4.'),
  })
    .optional()
    .describe('How much is done at once.'),
  memory: byteSize.optional().describe("Memory of all engine processes. Default: half of the machine's."),
} as const;

export const SETTINGS_KEYS: readonly string[] = [...Object.keys(settingsShape), 'defaults'];

type Shape = typeof settingsShape;
export type SettingsValues = { readonly [K in keyof Shape]: z.output<Shape[K]> };
