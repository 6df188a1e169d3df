/** `checks` read entry by entry: each is one rule with its options, and perhaps a severity. */
import type { CheckPart } from '../../core/part.js';
import type { CheckDefinition } from '../dataset.js';
import { isMapping } from '../merge.js';
import type { Reporter } from '../reporter.js';
import { severity as severitySchema } from '../schema/checks.js';
import { explain } from '../schema/explain.js';
import type { Path } from '../yaml/source.js';

/** The checks that are right; a problem was reported for each other one. */
export function resolveChecks(
  raw: unknown,
  parts: readonly CheckPart[],
  reporter: Reporter,
): CheckDefinition[] {
  if (raw === undefined) return [];
  if (!Array.isArray(raw)) {
    reporter.at(['checks'], 'expected a list of checks, each beginning with -', { atKey: true });
    return [];
  }
  const names = new Set<string>();
  return raw.flatMap((entry: unknown, i) => {
    const check = resolveCheck(entry, ['checks', i], parts, reporter);
    if (check === null) return [];
    if (names.has(check.name)) reporter.at(['checks', i], `the check ${check.name} is given twice`);
    names.add(check.name);
    return [check];
  });
}

function resolveCheck(
  entry: unknown,
  path: Path,
  parts: readonly CheckPart[],
  reporter: Reporter,
): CheckDefinition | null {
  if (!isMapping(entry)) {
    reporter.at(path, 'expected a check with its options, such as notNull: [id]');
    return null;
  }
  const before = reporter.count;
  const rules = Object.keys(entry).filter((key) => key !== 'severity');
  for (const rule of rules) {
    if (parts.some((part) => part.name === rule)) continue;
    const details = { allowed: parts.map((part) => part.name), word: rule };
    reporter.unknownKey(path, rule, `unknown check '${rule}'`, details);
  }
  if (rules.length === 0) reporter.at(path, "names no check beside 'severity'");
  if (rules.length > 1) reporter.at(path, `holds ${rules.join(' and ')}; begin each check with - of its own`);
  const severity = readSeverity(entry['severity'], path, reporter);
  const part = parts.find(({ name }) => name === rules[0]);
  if (part === undefined || rules.length > 1) return null;
  const value = entry[part.name];
  const parsed = part.schema.safeParse(value);
  if (!parsed.success) explain(parsed.error.issues, reporter, { base: [...path, part.name], value });
  if (!parsed.success || reporter.count !== before) return null;
  return { rule: part.name, options: parsed.data, severity, name: part.describe(parsed.data) };
}

function readSeverity(value: unknown, path: Path, reporter: Reporter): 'error' | 'warn' {
  const parsed = severitySchema.safeParse(value);
  if (parsed.success) return parsed.data ?? 'error';
  explain(parsed.error.issues, reporter, { base: [...path, 'severity'], value });
  return 'error';
}
