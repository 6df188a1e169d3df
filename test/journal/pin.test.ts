import { describe, expect, it } from 'vitest';
import { controlPaths, sequenceOf } from '../../src/journal/control.js';
import { pin, PIN_FORMAT, readPin } from '../../src/journal/pin.js';
import type { Pin } from '../../src/journal/pin.js';
import { faults } from '../../src/store/fault.js';
import { createMemoryStore } from '../../src/store/memory.js';

const control = controlPaths({ store: 'memory://t/', path: 'lake/sales/' });
const OURS: Pin = {
  format: PIN_FORMAT,
  root: 'memory://t/lake/sales/',
  layout: 'dt={dt}/',
  timezone: 'UTC',
  grain: 'day',
  table: 'hive',
};

describe('control paths', () => {
  it('stand beside the dataset, by its last segment alone', () => {
    expect(controlPaths({ store: 's3://b/', path: 'a/b/' }).prefix).toBe('a/_lakefill/b/');
    expect(controlPaths({ store: 's3://b/', path: 'b/' }).prefix).toBe('_lakefill/b/');
    expect(control.entry(7)).toBe('lake/_lakefill/sales/journal/00000000000000000007.json');
    expect(sequenceOf(control.entry(7))).toBe(7);
    expect(sequenceOf(`${control.journal}notes.json`)).toBeNull();
  });

  it('of a whole store need a place of their own', () => {
    expect(() => controlPaths({ store: 's3://b/', path: '' })).toThrow(
      expect.objectContaining({
        code: 'DEFINITION_INVALID',
        hint: expect.stringContaining('control') as string,
      }),
    );
    expect(controlPaths({ store: 's3://b/', path: '' }, 'ops/').prefix).toBe('ops/root/');
  });
});

describe('pin', () => {
  const open = () => createMemoryStore('memory://t/');

  it('is put once and accepted again', async () => {
    const store = open();
    expect(await readPin(store, control)).toBeNull();
    await pin(store, control, OURS);
    await pin(store, control, OURS);
    expect(await readPin(store, control)).toEqual(OURS);
  });

  it('refuses another definition of the target and says what differs', async () => {
    const store = open();
    await pin(store, control, OURS);
    await expect(
      pin(store, control, { ...OURS, layout: 'month={m}/', grain: 'month' }),
    ).rejects.toMatchObject({
      code: 'DEFINITION_DIFFERS',
      context: { differing: ['layout', 'grain'] },
    });
    expect(await readPin(store, control)).toEqual(OURS);
  });

  it('is that of a lake which was moved as a whole, and not of one under another name', async () => {
    const store = open();
    await pin(store, control, OURS);
    await pin(store, control, { ...OURS, root: 'memory://t/restored/elsewhere/sales/' });
    await expect(pin(store, control, { ...OURS, root: 'memory://t/lake/sales2/' })).rejects.toMatchObject({
      context: { differing: ['root'] },
    });
  });

  it('lets one of two definitions win when both begin at once', async () => {
    const store = open();
    const ends = await Promise.allSettled([
      pin(store, control, OURS),
      pin(store, control, { ...OURS, layout: 'd={d}/' }),
    ]);
    expect(ends.map((end) => end.status)).toEqual(['fulfilled', 'rejected']);
  });

  it('comes to its end when it is repeated after any lost answer', async () => {
    for (let at = 1; at <= 2; at++) {
      const store = open();
      const faulty = faults(store, { at, kind: 'lose-answer' });
      await expect(pin(faulty.store, control, OURS)).rejects.toMatchObject({ code: 'STORE_TIMEOUT' });
      await pin(store, control, OURS);
      expect(await readPin(store, control)).toEqual(OURS);
    }
  });

  it('that is damaged stops every writer', async () => {
    const store = open();
    await store.put(control.pin, { bytes: Buffer.from('{"root') }, { kind: 'create' });
    await expect(pin(store, control, OURS)).rejects.toMatchObject({ code: 'JOURNAL_CORRUPT' });
  });
});
