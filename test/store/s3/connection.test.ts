/** Where requests go and as whom: options, then the environment, then the profile, as AWS tools have it. */
import { describe, expect, it } from 'vitest';
import { resolveConnection } from '../../../src/store/s3/connection.js';
import { settingsIn } from '../../../src/store/s3/shared-config.js';

const keys = { AWS_ACCESS_KEY_ID: 'A', AWS_SECRET_ACCESS_KEY: 'S' };

describe('resolveConnection', () => {
  it('is AWS with checksums, virtual hosts and the region of the environment', () => {
    expect(resolveConnection({}, { AWS_REGION: 'eu-west-1' }, {})).toMatchObject({
      endpoint: null,
      region: 'eu-west-1',
      pathStyle: false,
      checksums: true,
      keys: null,
    });
    expect(resolveConnection({}, { AWS_DEFAULT_REGION: 'eu-west-2' }, {}).region).toBe('eu-west-2');
    expect(resolveConnection({}, {}, { region: 'eu-west-3' }).region).toBe('eu-west-3');
    expect(resolveConnection({}, {}, {}).region).toBeNull();
  });

  it('of a custom endpoint: path style, no checksums, a region to sign with', () => {
    const connection = resolveConnection({}, { AWS_ENDPOINT_URL: 'http://a:1' }, {});
    expect(connection).toMatchObject({
      endpoint: 'http://a:1',
      pathStyle: true,
      checksums: false,
      region: 'us-east-1',
    });
    expect(
      resolveConnection({ pathStyle: false, checksums: true, endpoint: 'http://b' }, {}, {}),
    ).toMatchObject({
      pathStyle: false,
      checksums: true,
    });
  });

  it('takes the most specific endpoint', () => {
    const env = { AWS_ENDPOINT_URL: 'http://general', AWS_ENDPOINT_URL_S3: 'http://s3' };
    expect(resolveConnection({}, env, { endpoint: 'http://profile' }).endpoint).toBe('http://s3');
    expect(resolveConnection({ endpoint: 'http://option' }, env, {}).endpoint).toBe('http://option');
    expect(resolveConnection({}, {}, { endpoint: 'http://profile' }).endpoint).toBe('http://profile');
    expect(
      resolveConnection({}, { ...env, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' }, {}).endpoint,
    ).toBeNull();
  });

  it('takes keys of the environment before AWS_PROFILE, and a profile of the project before both', () => {
    const env = { ...keys, AWS_SESSION_TOKEN: 'T', AWS_PROFILE: 'dev' };
    expect(resolveConnection({}, env, {}).keys).toEqual({
      accessKeyId: 'A',
      secretAccessKey: 'S',
      sessionToken: 'T',
    });
    const ending = resolveConnection({}, { ...env, AWS_CREDENTIAL_EXPIRATION: '2025-01-01T00:00:00Z' }, {});
    expect(ending.keys?.expiration).toEqual(new Date('2025-01-01T00:00:00Z'));
    expect(resolveConnection({}, { ...env, AWS_CREDENTIAL_EXPIRATION: 'soon' }, {}).keys).not.toHaveProperty(
      'expiration',
    );
    expect(resolveConnection({ profile: 'prod' }, env, {})).toMatchObject({ keys: null, profile: 'prod' });
    expect(resolveConnection({}, { AWS_PROFILE: 'dev' }, {})).toMatchObject({ keys: null, profile: 'dev' });
  });

  it('takes certificates from the option, AWS_CA_BUNDLE, the profile', () => {
    expect(resolveConnection({ caBundle: 'o' }, { AWS_CA_BUNDLE: 'e' }, { caBundle: 'p' }).caBundle).toBe(
      'o',
    );
    expect(resolveConnection({}, { AWS_CA_BUNDLE: 'e' }, { caBundle: 'p' }).caBundle).toBe('e');
    expect(resolveConnection({}, {}, { caBundle: 'p' }).caBundle).toBe('p');
  });
});

describe('settingsIn', () => {
  const text = `
[default]
region = eu-central-1

# a store on this machine
[profile dev]
region=us-west-2
services = local
ca_bundle = /etc/ca.pem
s3 =
  addressing_style = path
[profile old]
endpoint_url = http://general:1
[services local]
s3 =
  endpoint_url = http://localhost:9000
`;
  it('reads a profile, its services section and its nested keys', () => {
    expect(settingsIn(text, 'default', false)).toEqual({ region: 'eu-central-1' });
    expect(settingsIn(text, 'dev', false)).toEqual({
      region: 'us-west-2',
      endpoint: 'http://localhost:9000',
      caBundle: '/etc/ca.pem',
      pathStyle: true,
    });
    expect(settingsIn(text, 'old', false)).toEqual({ endpoint: 'http://general:1' });
    expect(settingsIn(text, 'dev', true).endpoint).toBeUndefined();
    expect(settingsIn(text, 'absent', false)).toEqual({});
  });
});
