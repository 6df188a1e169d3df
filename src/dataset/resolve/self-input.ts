/** An input that is the dataset itself: its previous partition, or the partition as it stands. */
import { parseInputTemplate } from '../../core/input-template.js';
import { parseLocation } from '../../core/location.js';
import type { DatasetInput } from '../dataset.js';
import type { SelfInputDefinition } from '../schema/inputs.js';
import type { InputContext } from './inputs.js';
import { attempt } from './attempt.js';
import { templateVariables } from './template-variables.js';

/** Null after a problem was reported. */
export function resolveSelf(
  name: string,
  definition: SelfInputDefinition,
  { partition, target, inputs, projectDir, reporter }: InputContext,
): DatasetInput | null {
  const path = ['inputs', name];
  const { self } = definition;
  const { time } = partition;
  if (self === -1 && time === null) {
    const message = 'there is no previous partition without a variable of time; remove it';
    reporter.at([...path, 'self'], message);
    return null;
  }
  if (target === null) return null;
  const template = attempt(reporter, path, () =>
    parseInputTemplate(
      target.target,
      (root) => parseLocation(root, projectDir),
      templateVariables(partition),
    ),
  );
  if (template === null) return null;
  return {
    name,
    template,
    dataset: null,
    upstream: null,
    self,
    grain: time?.grain ?? null,
    timezone: time?.timezone ?? 'UTC',
    format: 'parquet',
    options: definition.options ?? {},
    window: [0, 0],
    require: definition.require ?? (self === -1 || inputs === 1 ? 'all' : 'none'),
    // A partition that is made from itself would be stale as soon as it is made.
    onChange: self === 0 ? 'ignore' : (definition.onChange ?? 'stale'),
    marker: null,
    keeps: null,
  };
}
