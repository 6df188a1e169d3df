import { test } from 'vitest';
import { killRollbacks, killRuns } from './kill.js';

test('kill -9 at the odd ones of 26 moments', { timeout: 600_000 }, () => killRuns(26, 1, 2));

test('kill -9 at moments of a rollback', { timeout: 600_000 }, () => killRollbacks([2, 8, 15, 22]));
