/** Where a store is and how to speak to it: options first, then the environment, then the profile. Pure once the file is read. */
import { DEFAULT_TIMEOUTS, type S3Options } from './options.js';
import type { Environment, ProfileSettings } from './shared-config.js';

export interface Connection {
  /** null: AWS itself. */
  readonly endpoint: string | null;
  /** null: nothing names one. */
  readonly region: string | null;
  /** Profile for the SDK's credential chain; null: its default. */
  readonly profile: string | null;
  /** Keys of the environment, where they win; null: the SDK's chain. */
  readonly keys: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
    readonly expiration?: Date;
  } | null;
  readonly pathStyle: boolean;
  readonly caBundle: string | null;
  readonly checksums: boolean;
  readonly timeouts: { readonly connect: number; readonly request: number; readonly idle: number };
}

export function profileName(options: S3Options, env: Environment): string | undefined {
  return options.profile ?? (env['AWS_PROFILE'] || undefined);
}

export function resolveConnection(
  options: S3Options,
  env: Environment,
  profile: ProfileSettings,
): Connection {
  const fromEnv =
    env['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS'] === 'true'
      ? undefined
      : env['AWS_ENDPOINT_URL_S3'] || env['AWS_ENDPOINT_URL'] || undefined;
  const endpoint = options.endpoint ?? fromEnv ?? profile.endpoint ?? null;
  const region =
    options.region ?? (env['AWS_REGION'] || env['AWS_DEFAULT_REGION'] || undefined) ?? profile.region ?? null;
  return {
    endpoint,
    // Compatible stores sign with this name unless they are told another.
    region: region ?? (endpoint === null ? null : 'us-east-1'),
    profile: profileName(options, env) ?? null,
    keys: options.profile === undefined ? keysOf(env) : null,
    pathStyle: options.pathStyle ?? profile.pathStyle ?? endpoint !== null,
    caBundle: options.caBundle ?? (env['AWS_CA_BUNDLE'] || undefined) ?? profile.caBundle ?? null,
    checksums: options.checksums ?? endpoint === null,
    timeouts: {
      connect: options.connectTimeout ?? DEFAULT_TIMEOUTS.connect,
      request: options.requestTimeout ?? DEFAULT_TIMEOUTS.request,
      idle: options.idleTimeout ?? DEFAULT_TIMEOUTS.idle,
    },
  };
}

/** Keys in the environment come before AWS_PROFILE, as in the AWS command line; the SDK for JavaScript has it the other way round. */
function keysOf(env: Environment): Connection['keys'] {
  const accessKeyId = env['AWS_ACCESS_KEY_ID'];
  const secretAccessKey = env['AWS_SECRET_ACCESS_KEY'];
  if (!accessKeyId || !secretAccessKey) return null;
  const sessionToken = env['AWS_SESSION_TOKEN'];
  const expiration = new Date(env['AWS_CREDENTIAL_EXPIRATION'] ?? Number.NaN);
  return {
    accessKeyId,
    secretAccessKey,
    ...(sessionToken ? { sessionToken } : {}),
    ...(Number.isNaN(expiration.getTime()) ? {} : { expiration }),
  };
}
