/** pyarrow in a process of its own reads the whole lake while real runs replace a month. `npm run test:read-back` sets LAKEFILL_PYTHON. */
import { fileURLToPath } from 'node:url';
import { it } from 'vitest';
import { replacedUnder } from '../e2e/watchers.js';

const READER = fileURLToPath(new URL('pyarrow-reader.py', import.meta.url));
const PYTHON = process.env['LAKEFILL_PYTHON'];

it.skipIf(PYTHON === undefined)(
  'pyarrow finds every day whole while the command line replaces a month',
  async () => {
    await replacedUnder('pyarrow', PYTHON!, [READER]);
  },
);
