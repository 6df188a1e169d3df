/** Every call of recovery, abort and gc on the S3 store, cut off in every way. */
import { describeCalls } from './s3-matrix-calls.js';

describeCalls('recover, abort and gc', (name) => !/^(promote|rollback)/.test(name));
