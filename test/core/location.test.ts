import { describe, expect, it } from 'vitest';
import {
  formatLocation,
  isDataObject,
  lastSegment,
  parentPrefix,
  parseLocation,
} from '../../src/core/location.js';
import { LakefillError } from '../../src/core/errors.js';

describe('parseLocation', () => {
  it.each([
    ['s3://lake/clean/sales/', 's3://lake/', 'clean/sales/'],
    ['S3://lake/a', 's3://lake/', 'a'],
    ['s3://lake', 's3://lake/', ''],
    ['s3://lake/', 's3://lake/', ''],
    ['s3://lake/a//b/', 's3://lake/', 'a//b/'],
    ['memory://m/a/', 'memory://m/', 'a/'],
    ['/data/lake/', 'file:///', 'data/lake/'],
    ['/data//./x/../lake/', 'file:///', 'data/lake/'],
    ['./lake/', 'file:///', 'base/dir/lake/'],
    ['lake/sales', 'file:///', 'base/dir/lake/sales'],
    ['../lake/', 'file:///', 'base/lake/'],
    ['.', 'file:///', 'base/dir/'],
    ['..', 'file:///', 'base/'],
    ['../../../..', 'file:///', ''],
    ['file:///data/my%20lake/', 'file:///', 'data/my%20lake/'],
    ['file:/data/', 'file:///', 'data/'],
    ['file://localhost/data/', 'file:///', 'data/'],
    ['C:\\data\\lake\\', 'file:///', 'C:/data/lake/'],
    ['C:/data', 'file:///', 'C:/data'],
    ['a:b', 'file:///', 'base/dir/a:b'],
  ])('%s', (text, store, path) => {
    expect(parseLocation(text, '/base/dir')).toEqual({ store, path });
  });

  it.each([
    ['', /is empty/, /\.\//],
    ['~/lake/', /only shells expand/, /HOME/],
    ['s3a://lake/x/', /unknown scheme 's3a'/, /Did you mean s3:/],
    ['fiel:///x/', /unknown scheme 'fiel'/, /Did you mean file:/],
    ['gs://lake/x/', /unknown scheme 'gs'/, /Use s3:/],
    ['s3:/lake/x/', /names no bucket/, /s3:\/\/name/],
    ['s3:lake', /names no bucket/, /s3:\/\/name/],
    ['s3:///x/', /names no bucket/, /s3:\/\/name/],
    ['s3://lake//x/', /empty first segment/, /doubled slash/],
    ['s3://lake/a/../b/', /takes literally/, /without it/],
    ['file://host/data/', /not the URL of a local path/, /three slashes/],
    ['file:data/', /not the URL of a local path/, /three slashes/],
  ])('refuses %j', (text, message, hint) => {
    try {
      parseLocation(text, '/base/dir');
      expect.fail('no error');
    } catch (error) {
      expect(error).toBeInstanceOf(LakefillError);
      expect((error as LakefillError).code).toBe('DEFINITION_INVALID');
      expect((error as LakefillError).message).toMatch(message);
      expect((error as LakefillError).hint).toMatch(hint);
    }
  });

  it('prints what it read', () => {
    for (const text of ['s3://lake/a/b/', '/data/lake/', 'memory://m/']) {
      expect(formatLocation(parseLocation(text, '/'))).toBe(text);
    }
  });
});

describe('paths', () => {
  it('knows parents and last segments', () => {
    expect([parentPrefix('a/b/'), parentPrefix('a/'), parentPrefix('')]).toEqual(['a/', '', null]);
    expect([lastSegment('a/b/'), lastSegment('a/b'), lastSegment('b')]).toEqual(['b', 'b', 'b']);
  });

  it.each([
    ['r/a.parquet', true],
    ['r/dt=1/a.parquet', true],
    ['r/_x=1/a.parquet', true],
    ['r/_tmp/a.parquet', false],
    ['r/.a.parquet', false],
    ['r/_SUCCESS', false],
    ['r/_x=1', false],
    ['r/dt=1/', false],
    ['r/dt=1_$folder$', false],
    ['r/', false],
  ])('%s is data: %s', (path, expected) => {
    expect(isDataObject(path, 'r/')).toBe(expected);
  });
});
