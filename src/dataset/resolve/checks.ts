/** `checks` read entry by entry: each is one rule with its options, and perhaps a severity. */
import { canonicalJson } from '../../core/digest.js';
import type { CheckPart } from '../../core/part.js';
import type { CheckDefinition } from '../dataset.js';
import { isMapping } from '../merge.js';
import type { Reporter } from '../reporter.js';
import { severity as severitySchema } from '../schema/checks.js';
import { explain } from '../schema/explain.js';
import type { Path } from '../yaml/source.js';

export interface ChecksContext {
  readonly parts: readonly CheckPart[];
  /** Names of the definition's inputs. */
  readonly inputs: readonly string[];
  readonly reporter: Reporter;
}

/** The checks that are right; a problem was reported for each other one. Names are made unique by ` #2`. */
export function resolveChecks(raw: unknown, context: ChecksContext): CheckDefinition[] {
  if (raw === undefined) return [];
  const { reporter } = context;
  if (!Array.isArray(raw)) {
    reporter.at(['checks'], 'expected a list of checks, each beginning with -', { atKey: true });
    return [];
  }
  const checks: CheckDefinition[] = [];
  raw.forEach((entry: unknown, i) => {
    const check = resolveCheck(entry, ['checks', i], context);
    if (check === null) return;
    const { name } = check;
    const alike = checks.filter(
      (other) => other.rule === check.rule && other.name.replace(/ #\d+$/, '') === name,
    );
    if (alike.some((other) => canonicalJson(other.options) === canonicalJson(check.options))) {
      reporter.at(['checks', i], `the check ${name} is given twice`);
    }
    checks.push(alike.length === 0 ? check : { ...check, name: `${name} #${alike.length + 1}` });
  });
  return checks;
}

function resolveCheck(
  entry: unknown,
  path: Path,
  { parts, inputs, reporter }: ChecksContext,
): CheckDefinition | null {
  if (!isMapping(entry)) {
    reporter.at(path, 'expected a check with its options, such as notNull: [id]');
    return null;
  }
  const before = reporter.count;
  const part = partOf(entry, path, parts, reporter);
  const severity = readSeverity(entry['severity'], path, reporter);
  if (part === null) return null;
  const value = entry[part.name];
  const parsed = part.schema.safeParse(value);
  if (!parsed.success) {
    const schema = part.schema;
    explain(parsed.error.issues, reporter, { base: [...path, part.name], value, schema });
    return null;
  }
  const misfit = part.misfit?.(parsed.data, inputs) ?? null;
  if (misfit !== null) reporter.at([...path, part.name], misfit);
  if (reporter.count !== before) return null;
  return { rule: part.name, options: parsed.data, severity, name: part.describe(parsed.data) };
}

/** The rule that the entry names; null after what it names instead was reported. */
function partOf(
  entry: Readonly<Record<string, unknown>>,
  path: Path,
  parts: readonly CheckPart[],
  reporter: Reporter,
): CheckPart | null {
  const rules = Object.keys(entry).filter((key) => key !== 'severity');
  const allowed = parts.map(({ name }) => name);
  for (const word of rules.filter((rule) => !allowed.includes(rule))) {
    reporter.unknownKey(path, word, `unknown check '${word}'`, { allowed, word });
  }
  if (rules.length === 0) reporter.at(path, "names no check beside 'severity'");
  if (rules.length > 1) reporter.at(path, `holds ${rules.join(' and ')}; begin each check with - of its own`);
  return rules.length === 1 ? (parts.find(({ name }) => name === rules[0]) ?? null) : null;
}

function readSeverity(value: unknown, path: Path, reporter: Reporter): 'error' | 'warn' {
  const parsed = severitySchema.safeParse(value);
  if (parsed.success) return parsed.data ?? 'error';
  explain(parsed.error.issues, reporter, { base: [...path, 'severity'], value });
  return 'error';
}
