/** `npm run soak [-- --minutes 20 --seed N]`; a share of it belongs to the long set, and a few runs to every day. */
import { test } from 'vitest';
import { soak, SOAK_LIMIT_MS } from './soaking.js';

test('writing acts on a store that fails at random keep every invariant', { timeout: SOAK_LIMIT_MS }, soak);
