import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { isLakefillError } from '../../src/core/errors.js';
import {
  compareUnits,
  formatUnit,
  GRAINS,
  intervalOf,
  isFixedOffset,
  isTimeZone,
  isUnit,
  offsetText,
  shiftUnit,
  unitAt,
  unitsBetween,
  unitsOverlapping,
  weekdayOf,
} from '../../src/core/grain.js';
import { formatInstant } from '../../src/core/instant.js';
import type { Grain } from '../../src/core/grain.js';

const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/St_Johns',
  'America/Havana',
  'America/Sao_Paulo',
  'Asia/Kolkata',
  'Pacific/Apia',
  'Australia/Lord_Howe',
];
const FROM = Date.UTC(1900, 0, 1);
const TO = Date.UTC(2100, 0, 1);

const grain = fc.constantFrom(...GRAINS);
const zone = fc.constantFrom(...ZONES);
const instant = fc.integer({ min: FROM, max: TO - 1 });
const shown = (g: Grain, unit: string, tz: string) => {
  const { start, end } = intervalOf(g, unit, tz);
  return `${formatInstant(start)} ${formatInstant(end)}`;
};
const HOUR = 3_600_000;

describe('intervalOf', () => {
  it.each([
    ['day', '2025-01-03', 'UTC', '2025-01-03T00:00:00Z 2025-01-04T00:00:00Z'],
    ['day', '2025-03-30', 'Europe/Berlin', '2025-03-29T23:00:00Z 2025-03-30T22:00:00Z'],
    ['day', '2025-10-26', 'Europe/Berlin', '2025-10-25T22:00:00Z 2025-10-26T23:00:00Z'],
    ['month', '2025-03', 'Europe/Berlin', '2025-02-28T23:00:00Z 2025-03-31T22:00:00Z'],
    ['quarter', '2025-Q4', 'UTC', '2025-10-01T00:00:00Z 2026-01-01T00:00:00Z'],
    ['week', '2025-W01', 'UTC', '2024-12-30T00:00:00Z 2025-01-06T00:00:00Z'],
    ['week', '2020-W53', 'UTC', '2020-12-28T00:00:00Z 2021-01-04T00:00:00Z'],
    ['year', '2025', 'Asia/Kolkata', '2024-12-31T18:30:00Z 2025-12-31T18:30:00Z'],
    ['hour', '2025-01-03T07', 'Asia/Kolkata', '2025-01-03T01:30:00Z 2025-01-03T02:30:00Z'],
    // Midnight does not exist: the day begins at 01:00.
    ['day', '2018-11-04', 'America/Sao_Paulo', '2018-11-04T03:00:00Z 2018-11-05T02:00:00Z'],
    // At midnight the clock went back to 23:00: the day before has 25 hours.
    ['day', '2018-02-17', 'America/Sao_Paulo', '2018-02-17T02:00:00Z 2018-02-18T03:00:00Z'],
    // Midnight exists twice: the day begins at the first.
    ['day', '2024-11-03', 'America/Havana', '2024-11-03T04:00:00Z 2024-11-04T05:00:00Z'],
    // At 00:01 the clock went back to 23:01 of the day before: the day does not begin twice.
    ['day', '2010-11-07', 'America/St_Johns', '2010-11-07T02:30:00Z 2010-11-08T03:30:00Z'],
    // The zone jumped over the date line and left a day out.
    ['day', '2011-12-29', 'Pacific/Apia', '2011-12-29T10:00:00Z 2011-12-30T10:00:00Z'],
    ['day', '2011-12-30', 'Pacific/Apia', '2011-12-30T10:00:00Z 2011-12-30T10:00:00Z'],
    ['day', '2011-12-31', 'Pacific/Apia', '2011-12-30T10:00:00Z 2011-12-31T10:00:00Z'],
    // The clock is set by half an hour.
    ['day', '2025-04-06', 'Australia/Lord_Howe', '2025-04-05T13:00:00Z 2025-04-06T13:30:00Z'],
    // The gap 23:30 to 00:30 holds midnight: the day begins at 00:30.
    ['day', '1919-03-31', 'America/Toronto', '1919-03-31T04:30:00Z 1919-04-01T04:00:00Z'],
    ['year', '0001', 'UTC', '0001-01-01T00:00:00Z 0002-01-01T00:00:00Z'],
  ] as const)('%s %s in %s', (g, unit, tz, expected) => {
    expect(shown(g, unit, tz)).toBe(expected);
  });

  it('begins days where Temporal does', () => {
    const day = fc.integer({ min: FROM / 86_400_000, max: TO / 86_400_000 });
    fc.assert(
      fc.property(day, zone, (days, tz) => {
        const date = Temporal.PlainDate.from('1970-01-01').add({ days });
        expect(intervalOf('day', date.toString(), tz).start).toBe(date.toZonedDateTime(tz).epochMilliseconds);
      }),
      { numRuns: 500 },
    );
  });

  it('tiles time without gap or overlap', () => {
    fc.assert(
      fc.property(grain, instant, zone, (g, at, tz) => {
        const unit = unitAt(g, at, tz);
        const here = intervalOf(g, unit, tz);
        expect(here.start).toBeLessThanOrEqual(at);
        expect(here.end).toBeGreaterThan(at);
        expect(intervalOf(g, shiftUnit(g, unit, 1), tz).start).toBe(here.end);
        expect(intervalOf(g, shiftUnit(g, unit, -1), tz).end).toBe(here.start);
        expect(unitAt(g, here.start, tz)).toBe(unit);
        expect(unitAt(g, here.end - 1, tz)).toBe(unit);
      }),
      { numRuns: 1500 },
    );
  });

  it('keeps to the day that began when the clock shows the day before once more', () => {
    const shows2315Again = Date.UTC(2010, 10, 7, 2, 45);
    expect(unitAt('day', shows2315Again, 'America/St_Johns')).toBe('2010-11-07');
    expect(unitAt('day', Date.UTC(2010, 10, 7, 2, 29), 'America/St_Johns')).toBe('2010-11-06');
  });

  it('tiles every hour around every clock change of a decade', () => {
    for (const tz of ZONES) {
      for (let at = Date.UTC(2006, 0, 1); at < Date.UTC(2012, 0, 3); at += 6 * HOUR) {
        for (const g of ['hour', 'day'] as const) {
          const unit = unitAt(g, at, tz);
          const { start, end } = intervalOf(g, unit, tz);
          if (!(start <= at && at < end)) expect.fail(`${tz} ${unit} does not contain ${formatInstant(at)}`);
        }
      }
    }
  });

  it('refuses unknown zones and units', () => {
    expect(() => intervalOf('day', '2025-01-01', 'Europe/Berln')).toThrow(/not a time zone/);
    expect(() => intervalOf('day', '2025-02-29', 'UTC')).toThrow(/'2025-02-29'/);
  });
});

describe('units', () => {
  it.each([
    ['hour', '2025-01-03T23', true],
    ['hour', '2025-01-03T24', false],
    ['hour', '2025-01-03', false],
    ['day', '2024-02-29', true],
    ['day', '2025-02-29', false],
    ['day', '1900-02-29', false],
    ['day', '2000-02-29', true],
    ['day', '2025-1-3', false],
    ['day', '0000-01-01', false],
    ['week', '2020-W53', true],
    ['week', '2021-W53', false],
    ['week', '2021-W00', false],
    ['month', '2025-13', false],
    ['month', '2025-00', false],
    ['quarter', '2025-Q4', true],
    ['quarter', '2025-Q5', false],
    ['year', '2025', true],
    ['year', '25', false],
  ] as const)('%s %s exists: %s', (g, text, expected) => {
    expect(isUnit(g, text)).toBe(expected);
  });

  it.each([
    ['hour', '2024-12-31T23', 1, '2025-01-01T00'],
    ['day', '2024-02-28', 2, '2024-03-01'],
    ['week', '2025-W01', -1, '2024-W52'],
    ['month', '2025-01', -13, '2023-12'],
    ['quarter', '2024-Q4', 1, '2025-Q1'],
    ['year', '2025', -25, '2000'],
    ['month', '1970-01', -1, '1969-12'],
  ] as const)('%s %s shifted by %i is %s', (g, unit, count, expected) => {
    expect(shiftUnit(g, unit, count)).toBe(expected);
  });

  it('shifts back what it shifted, and compares in time order', () => {
    fc.assert(
      fc.property(grain, instant, fc.integer({ min: -500, max: 500 }), (g, at, count) => {
        const unit = unitAt(g, at, 'UTC');
        const there = shiftUnit(g, unit, count);
        expect(isUnit(g, there)).toBe(true);
        expect(shiftUnit(g, there, -count)).toBe(unit);
        expect(compareUnits(g, there, unit)).toBe(count === 0 ? 0 : Math.sign(count));
      }),
    );
  });

  it('does not leave the years that have four digits', () => {
    for (const count of [1, 100]) {
      try {
        shiftUnit('day', '9999-12-31', count);
        expect.fail('no error');
      } catch (error) {
        expect(isLakefillError(error, 'USAGE')).toBe(true);
      }
    }
  });

  it('enumerates both ends, and nothing backwards', () => {
    expect(unitsBetween('day', '2025-02-27', '2025-03-01')).toEqual([
      '2025-02-27',
      '2025-02-28',
      '2025-03-01',
    ]);
    expect(unitsBetween('week', '2024-W52', '2025-W02')).toEqual(['2024-W52', '2025-W01', '2025-W02']);
    expect(unitsBetween('day', '2025-02-27', '2025-02-27')).toEqual(['2025-02-27']);
    expect(unitsBetween('day', '2025-02-27', '2025-02-26')).toEqual([]);
  });

  it('knows weekdays', () => {
    expect(unitsBetween('day', '2025-01-06', '2025-01-12').map(weekdayOf)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(weekdayOf('1969-12-28')).toBe(7);
  });
});

describe('unitsOverlapping', () => {
  it('gives the UTC hours and days of a Berlin day', () => {
    const day = intervalOf('day', '2025-10-26', 'Europe/Berlin');
    const hours = unitsOverlapping('hour', day, 'UTC');
    expect(hours).toHaveLength(25);
    expect([hours[0], hours.at(-1)]).toEqual(['2025-10-25T22', '2025-10-26T22']);
    expect(unitsOverlapping('day', day, 'UTC')).toEqual(['2025-10-25', '2025-10-26']);
    expect(unitsOverlapping('hour', intervalOf('day', '2025-03-30', 'Europe/Berlin'), 'UTC')).toHaveLength(
      23,
    );
  });

  it('leaves out a day that the zone left out, and is empty for an empty interval', () => {
    const days = { start: Date.UTC(2011, 11, 30, 9), end: Date.UTC(2011, 11, 30, 11) };
    expect(unitsOverlapping('day', days, 'Pacific/Apia')).toEqual(['2011-12-29', '2011-12-31']);
    expect(unitsOverlapping('day', { start: 0, end: 0 }, 'UTC')).toEqual([]);
  });

  it('does not include a unit that only touches', () => {
    expect(unitsOverlapping('month', intervalOf('year', '2025', 'UTC'), 'UTC')).toHaveLength(12);
  });
});

describe('formatUnit', () => {
  it.each([
    ['day', '2025-01-03', 'yyyyMMdd', '20250103'],
    ['day', '2025-01-03', "yyyy'/'M'/'d", '2025/1/3'],
    ['day', '2024-12-30', "YYYY-'W'ww", '2025-W01'],
    ['day', '2021-01-03', 'YYYY w', '2020 53'],
    ['day', '2025-08-03', "yyyy-'Q'Q", '2025-Q3'],
    ['hour', '2025-01-03T07', "yyyy-MM-dd'T'HH", '2025-01-03T07'],
    ['hour', '2025-01-03T00', 'H', '0'],
    ['week', '2025-W07', 'YYYY/w', '2025/7'],
    ['month', '2025-11', "MM.yyyy 'o''clock'", "11.2025 o'clock"],
    ['quarter', '2025-Q2', "Q''yyyy", "2'2025"],
    ['year', '0987', 'yyyy', '0987'],
  ] as const)('%s %s as %s', (g, unit, pattern, expected) => {
    expect(formatUnit(g, unit, pattern)).toBe(expected);
  });

  it('writes the offset of the zone', () => {
    expect(formatUnit('hour', '2025-01-03T07', 'HHxxx', 'Asia/Kolkata')).toBe('07+05:30');
    expect(offsetText('Etc/GMT+3', 'xx')).toBe('-0300');
    expect([offsetText('UTC', 'XXX'), offsetText('UTC', 'xxx')]).toEqual(['Z', '+00:00']);
  });

  it.each([
    ['day', '', /is empty/],
    ['day', 'yyyy-mm-dd', /'mm', which is no token/],
    ['day', 'YYYY-MM-DD', /'DD', which is no token/],
    ['day', 'yy', /no token/],
    ['day', "yyyy'x", /quote that is not closed/],
    ['day', 'yyyy-MM-dd HH', /'HH' \(hour\), which a day does not determine/],
    ['month', 'yyyy-MM-dd', /which a month does not determine/],
    ['week', 'yyyy-ww', /which a week does not determine/],
    ['day', 'yyyyxx', /the offset/],
  ] as const)('refuses %s pattern %s', (g, pattern, message) => {
    expect(() => formatUnit(g, unitAt(g, 0, 'UTC'), pattern)).toThrow(message);
  });
});

describe('zones', () => {
  it('takes IANA names only', () => {
    expect(['UTC', 'Europe/Berlin', 'Etc/GMT+5'].every(isTimeZone)).toBe(true);
    expect(['', '+05:30', 'Berlin', 'Europe/Berln'].some(isTimeZone)).toBe(false);
  });

  it('knows which offsets change', () => {
    expect(['UTC', 'Asia/Kolkata', 'Asia/Tokyo', 'Etc/GMT-2'].map(isFixedOffset)).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(['Europe/Berlin', 'Pacific/Apia', 'America/Sao_Paulo'].map(isFixedOffset)).toEqual([
      false,
      false,
      false,
    ]);
  });
});
