/**
 * The few settings of the AWS config file that decide where requests go, before the SDK is asked: region, endpoint,
 * certificates, addressing. Credentials are read by the SDK's own chain, never here.
 */
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';

export interface ProfileSettings {
  readonly region?: string;
  readonly endpoint?: string;
  readonly caBundle?: string;
  readonly pathStyle?: boolean;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Settings of a profile (`default` where none is named); empty where there is no config file. */
export async function profileSettings(
  profile: string | undefined,
  env: Environment,
): Promise<ProfileSettings> {
  const file = env['AWS_CONFIG_FILE'] ?? path.join(env['HOME'] ?? homedir(), '.aws', 'config');
  const text = await readFile(file, 'utf8').catch(() => '');
  return settingsIn(text, profile ?? 'default', env['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS'] === 'true');
}

/** Pure half of `profileSettings`. */
export function settingsIn(text: string, profile: string, ignoreEndpoints: boolean): ProfileSettings {
  const sections = parse(text);
  const own =
    sections.get(profile === 'default' ? 'default' : `profile ${profile}`) ?? new Map<string, string>();
  const services = sections.get(`services ${own.get('services') ?? ''}`);
  const endpoint = services?.get('s3.endpoint_url') ?? own.get('endpoint_url');
  const style = own.get('s3.addressing_style');
  return {
    ...(own.has('region') ? { region: own.get('region')! } : {}),
    ...(endpoint !== undefined && !ignoreEndpoints ? { endpoint } : {}),
    ...(own.has('ca_bundle') ? { caBundle: own.get('ca_bundle')! } : {}),
    ...(style === 'path' || style === 'virtual' ? { pathStyle: style === 'path' } : {}),
  };
}

/** Section -> key -> value; an indented `endpoint_url` below `s3 =` is `s3.endpoint_url`. */
function parse(text: string): Map<string, Map<string, string>> {
  const sections = new Map<string, Map<string, string>>();
  let section = new Map<string, string>();
  let parent = '';
  for (const line of text.split(/\r?\n/)) {
    const header = /^\s*\[\s*([^\]]+?)\s*\]/.exec(line);
    if (header) {
      const name = header[1]!.replace(/\s+/g, ' ');
      section = sections.get(name) ?? new Map<string, string>();
      sections.set(name, section);
      parent = '';
      continue;
    }
    const pair = /^(\s*)([^#;=\s][^=]*?)\s*=\s*(.*?)\s*$/.exec(line);
    if (!pair) continue;
    const [, indent, key, value] = pair as unknown as string[];
    if (indent !== '' && parent !== '') section.set(`${parent}.${key!}`, value!);
    else {
      section.set(key!, value!);
      parent = value === '' ? key! : '';
    }
  }
  return sections;
}
