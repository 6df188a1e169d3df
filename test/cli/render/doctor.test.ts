import { describe, expect, test } from 'vitest';
import type { DoctorCheck } from '../../../src/index.js';
import { exitOfDoctor } from '../../../src/cli/exit-codes.js';
import { renderDoctor } from '../../../src/cli/render/doctor.js';
import { plain } from '../support/documents.js';

const FORMAT = 'lakefill.doctor/1' as const;

const check = (words: Partial<DoctorCheck>): DoctorCheck => ({
  name: 'node',
  dataset: null,
  store: null,
  passed: true,
  needed: true,
  evidence: 'Node 20.20.0',
  hint: null,
  seconds: 0.5,
  ...words,
});
const document = (...checks: DoctorCheck[]) => ({ format: FORMAT, asOf: '2025-02-01T09:00:00Z', checks });

const denied = check({
  name: 'delete',
  dataset: 'sales',
  store: 's3://lake/',
  passed: false,
  evidence: 'STORE_DENIED: access\nwas denied.',
  hint: 'Grant it. IAM statement: {"Effect":"Allow","Action":["s3:DeleteObject"],"Resource":["arn:aws:s3:::lake/x/*"]}',
});
const noted = check({
  name: 'put-if-match',
  dataset: 'sales',
  store: 's3://lake/',
  passed: false,
  needed: false,
  evidence: 'not offered',
  hint: 'No action is needed.',
});
const unsettled = check({ name: 'settled', dataset: 'sales', passed: false, evidence: 'k', hint: 'h' });

describe('doctor', () => {
  test('groups, letters, remedies and the same command again', () => {
    const shown = document(
      check({}),
      check({ name: 'list', store: 's3://lake/', evidence: 'l' }),
      denied,
      noted,
    );
    expect(renderDoctor(shown, { ...plain, words: ' sales' })).toEqual([
      'this machine',
      '  ok    node          Node 20.20.0',
      's3://lake/',
      '  ok    list          l',
      'sales',
      '  FAIL  delete        STORE_DENIED: access was denied.',
      '        -> Grant it. IAM statement:',
      '           {"Effect":"Allow","Action":["s3:DeleteObject"],"Resource":["arn:aws:s3:::lake/x/*"]}',
      '  note  put-if-match  not offered',
      '        -> No action is needed.',
      '4 checks: 2 ok, 1 FAIL, 1 note',
      'next: lakefill doctor sales',
    ]);
    expect(exitOfDoctor(shown)).toBe(1);
  });

  test('a note does not fail, and the work goes on', () => {
    const shown = document(check({}), noted);
    expect(renderDoctor(shown, plain).slice(-2)).toEqual(['2 checks: 1 ok, 1 note', 'next: lakefill scan']);
    expect(exitOfDoctor(shown)).toBe(0);
  });

  test('what a process left behind is recovered first, when nothing else is wrong', () => {
    expect(renderDoctor(document(unsettled), plain).at(-1)).toBe('next: lakefill recover');
    expect(renderDoctor(document(unsettled, denied), plain).at(-1)).toBe('next: lakefill doctor');
  });

  test('--quiet: what did not pass; --verbose: how long it took', () => {
    expect(renderDoctor(document(check({}), noted), { ...plain, quiet: true })).toEqual([
      'sales',
      '  note  put-if-match  not offered',
      '2 checks: 1 ok, 1 note',
    ]);
    expect(renderDoctor(document(check({})), { ...plain, verbose: true })[1]).toBe(
      '  ok  node  0.50 s  Node 20.20.0',
    );
  });
});
