import { describeStore } from './conformance.js';
import { MEMORY, memoryFixture } from './fixtures.js';
import { modelTest } from './model.js';

describeStore('memory store', memoryFixture, MEMORY);
modelTest('memory store', memoryFixture, { runs: 200, update: true });
