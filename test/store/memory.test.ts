import { expect, it } from 'vitest';
import type { PreparedUpload } from '../../src/store/object-store.js';
import { describeStore, putText, requestFor } from './conformance.js';
import { MEMORY, memoryFixture } from './fixtures.js';
import { modelTest } from './model.js';

describeStore('memory store', memoryFixture, MEMORY);
modelTest('memory store', memoryFixture, { runs: 200, update: true });

it('knows no upload by the id of another path', async () => {
  const { store } = await memoryFixture();
  const staged = await putText(store, 'staged', 'x');
  const { upload } = (await store.prepare(requestFor(staged, 'a', '', 'x'))) as { upload: PreparedUpload };
  expect(await store.complete({ ...upload, path: 'b' })).toEqual({ outcome: 'gone' });
  expect(await store.abort({ ...upload, path: 'b' })).toEqual({ outcome: 'gone' });
  expect(await store.complete(upload)).toMatchObject({ outcome: 'done' });
});
