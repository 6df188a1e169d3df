import { describe, expect, it } from 'vitest';
import { readMoment, readRelative } from '../../src/core/grain.js';
import { formatInstant } from '../../src/core/instant.js';

const shown = (moment: ReturnType<typeof readMoment>) =>
  moment === null ? null : [formatInstant(moment.start), formatInstant(moment.end), moment.isInstant];

describe('readMoment', () => {
  it.each([
    ['2025', 'UTC', '2025-01-01T00:00:00Z', '2026-01-01T00:00:00Z'],
    ['2025-Q1', 'UTC', '2025-01-01T00:00:00Z', '2025-04-01T00:00:00Z'],
    ['2025-10', 'Europe/Berlin', '2025-09-30T22:00:00Z', '2025-10-31T23:00:00Z'],
    ['2025-W07', 'UTC', '2025-02-10T00:00:00Z', '2025-02-17T00:00:00Z'],
    ['2025-10-03', 'America/New_York', '2025-10-03T04:00:00Z', '2025-10-04T04:00:00Z'],
    ['2025-10-03T07', 'UTC', '2025-10-03T07:00:00Z', '2025-10-03T08:00:00Z'],
    [' 2025-10-03 ', 'UTC', '2025-10-03T00:00:00Z', '2025-10-04T00:00:00Z'],
  ])('%s in %s is as wide as written', (text, zone, start, end) => {
    expect(shown(readMoment(text, zone))).toEqual([start, end, false]);
  });

  it.each([
    ['2025-01-31T00:00', 'UTC', '2025-01-31T00:00:00Z'],
    ['2025-01-31 06:30:15', 'Asia/Kolkata', '2025-01-31T01:00:15Z'],
    ['2025-01-31T00:00:00.250Z', 'Asia/Kolkata', '2025-01-31T00:00:00.250Z'],
    ['2025-01-31T00:00:00+00:00', 'Asia/Kolkata', '2025-01-31T00:00:00Z'],
    ['2025-01-31T00:00-0330', 'UTC', '2025-01-31T03:30:00Z'],
    ['2025-01-31T07Z', 'Asia/Kolkata', '2025-01-31T07:00:00Z'],
    // Occurs twice: the first.
    ['2025-10-26T02:30', 'Europe/Berlin', '2025-10-26T00:30:00Z'],
    // Skipped: the first instant after the gap.
    ['2025-03-30T02:30', 'Europe/Berlin', '2025-03-30T01:00:00Z'],
  ])('%s in %s is an instant', (text, zone, at) => {
    expect(shown(readMoment(text, zone))).toEqual([at, at, true]);
  });

  it.each([
    '',
    'soon',
    '25-01-01',
    '2025-02-29',
    '2025-1-3',
    '2025-01-03T24',
    '2025-01-31T24:00',
    '2025-01-31T12:60',
    '2025-01-31T12:00:60',
    '2025-01-31T12:00+25:00',
    '2025-01-31Z',
    '20250131',
    '30d',
  ])('%j is neither', (text) => {
    expect(readMoment(text, 'UTC')).toBeNull();
  });
});

describe('readRelative', () => {
  const now = Date.UTC(2025, 9, 26, 23, 30);
  it.each([
    ['now', 'UTC', '2025-10-26T23:30:00Z', '2025-10-26T23:30:00Z', true],
    ['12h', 'UTC', '2025-10-26T11:30:00Z', '2025-10-26T11:30:00Z', true],
    ['30d', 'UTC', '2025-09-26T23:30:00Z', '2025-09-26T23:30:00Z', true],
    ['today', 'UTC', '2025-10-26T00:00:00Z', '2025-10-27T00:00:00Z', false],
    ['today', 'Europe/Berlin', '2025-10-26T23:00:00Z', '2025-10-27T23:00:00Z', false],
    ['Yesterday', 'Europe/Berlin', '2025-10-25T22:00:00Z', '2025-10-26T23:00:00Z', false],
    ['tomorrow', 'UTC', '2025-10-27T00:00:00Z', '2025-10-28T00:00:00Z', false],
  ])('%s in %s', (text, zone, start, end, isInstant) => {
    expect(shown(readRelative(text, now, zone))).toEqual([start, end, isInstant]);
  });

  it.each(['', '30', '-30d', '2025-01-01', 'last week'])('%j is not relative', (text) => {
    expect(readRelative(text, now, 'UTC')).toBeNull();
  });
});
