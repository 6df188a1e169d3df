/** Every call of promotions and rollbacks on the S3 store, cut off in every way. */
import { describeCalls } from './s3-matrix-calls.js';

describeCalls('promote and roll back', (name) => /^(promote|rollback)/.test(name));
