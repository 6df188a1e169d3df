/** Keys and values that the design knows and this version does not do: refused by name, with what to do instead. */
import type { Path } from '../yaml/source.js';

/** Path with `*` for any step; a value after `=` where only that value is meant. */
const NOT_BUILT: Readonly<Record<string, string>> = {
  'target.table=delta': "Delta tables are not built yet; remove 'table' to write plain files",
  'target.table=iceberg': "Iceberg tables are not built yet; remove 'table' to write plain files",
  control:
    'a place of its own for journals is not built yet; remove it, and give each target a prefix below its bucket',
  'stores.*.accessKeyId': 'credentials never stand in a definition; use the AWS_* variables or a profile',
  'stores.*.secretAccessKey': 'credentials never stand in a definition; use the AWS_* variables or a profile',
  'stores.*.sessionToken': 'credentials never stand in a definition; use the AWS_* variables or a profile',
};

/** What to say of a key (or of this value of it) that is not built; null for any other. */
export function notBuilt(path: Path, value?: string): string | null {
  const steps = path[0] === 'defaults' ? path.slice(1) : path;
  for (const [pattern, message] of Object.entries(NOT_BUILT)) {
    const [keys = '', wanted] = pattern.split('=');
    const pieces = keys.split('.');
    const same =
      pieces.length === steps.length && pieces.every((piece, i) => piece === '*' || piece === steps[i]);
    if (same && wanted === value) return message;
  }
  return null;
}
