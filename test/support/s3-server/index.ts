/** An in-process S3 server with correct conditions and scriptable faults. */
export { startS3Server, TEST_CREDENTIALS } from './server.js';
export type { LoggedRequest, S3Server, S3ServerOptions } from './server.js';
export { Bucket, type Simulation } from './bucket.js';
export { bytesContent, sparseByte, sparseContent } from './content.js';
export { checksumOf } from './checksums.js';
export type { Condition } from './conditions.js';
export type { Fault, FaultAction, Planted } from './faults.js';
export type { Lie } from './lies.js';
