import { test } from 'vitest';
import { killRuns } from './kill.js';

test('kill -9 at the even ones of 26 moments', { timeout: 600_000 }, () => killRuns(26, 0, 2));
