/** The other half of the runs of soak.test.ts, with seeds of its own. */
import { test } from 'vitest';
import { soak, SOAK_LIMIT_MS } from './soaking.js';

test('as many again keep every invariant', { timeout: SOAK_LIMIT_MS }, soak);
