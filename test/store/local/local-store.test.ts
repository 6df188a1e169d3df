import { describeStore } from '../conformance.js';
import { LOCAL, localFixture } from '../fixtures.js';
import { modelTest } from '../model.js';

describeStore('local store', localFixture, LOCAL);
modelTest('local store', localFixture, { runs: 25, update: true });
