/** Every wrapper keeps the words of the port. */
import { systemClock } from '../../src/clock.js';
import { faults } from '../../src/store/fault.js';
import { limited } from '../../src/store/limit.js';
import type { ObjectStore } from '../../src/store/object-store.js';
import { observed } from '../../src/store/observe.js';
import { retrying } from '../../src/store/retry.js';
import { spanning } from '../../src/store/span.js';
import { describeStore } from './conformance.js';
import { LOCAL, localFixture, MEMORY, memoryFixture } from './fixtures.js';
import { modelTest } from './model.js';

const all = (store: ObjectStore) =>
  faults(observed(spanning(retrying(limited(store, 3), { clock: systemClock })), systemClock).store).store;

const WRAPPERS: Readonly<Record<string, (store: ObjectStore) => ObjectStore>> = {
  limit: (store) => limited(store, 2),
  observe: (store) => observed(store, systemClock).store,
  retry: (store) => retrying(store, { clock: systemClock }),
  'fault without a fault': (store) => faults(store).store,
  span: spanning,
  'all wrappers': all,
};

for (const [name, wrap] of Object.entries(WRAPPERS)) {
  describeStore(`memory store within ${name}`, () => memoryFixture(wrap), MEMORY);
  describeStore(`local store within ${name}`, () => localFixture(wrap), { ...LOCAL, rounds: 2 });
}
modelTest('memory store within all wrappers', () => memoryFixture(all), { runs: 50, update: true });
