/** `partition.<var>.from` against the inputs: there must be one that shows the variable. */
import type { DatasetInput } from '../dataset.js';
import type { Reporter } from '../reporter.js';
import type { ResolvedPartition } from './partition.js';

/** `given`: names of all inputs as written; `inputs`: those that are right. */
export function checkDiscovery(
  { values }: ResolvedPartition,
  given: readonly string[],
  inputs: readonly DatasetInput[],
  reporter: Reporter,
): void {
  const found = values.flatMap(({ name, from }) => (from === undefined ? [] : [{ name, from }]));
  for (const { name, from } of found) {
    const path = ['partition', name, 'from'];
    const input = inputs.find((one) => one.name === from);
    if (!given.includes(from)) reporter.at(path, `unknown input '${from}'`, { allowed: given, word: from });
    else if (from !== found[0]!.from) {
      const message = `all such variables come from one input, and ${found[0]!.name} comes from '${found[0]!.from}'`;
      reporter.at(path, message);
    } else if (input !== undefined && input.self !== null) {
      reporter.at(
        path,
        `'${from}' is this dataset itself, which cannot say what it should hold; name another input`,
      );
    } else if (input !== undefined && !input.template.variables.includes(name)) {
      const remedy = input.dataset === null ? `write {${name}} into its template` : 'name another input';
      reporter.at(path, `'${from}' does not show {${name}}; ${remedy}`);
    }
  }
}
