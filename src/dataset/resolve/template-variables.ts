/** The variables that templates of a dataset may use, as templates take them. */
import type { Grain } from '../../core/grain.js';
import type { TemplateVariables } from '../../core/layout.js';
import type { ResolvedPartition } from './partition.js';

/** `cut` replaces grain and zone of the time variable: an input may be cut otherwise than the target. */
export function templateVariables(
  { time, values }: ResolvedPartition,
  cut: { readonly grain: Grain; readonly timezone: string } | null = time,
): TemplateVariables {
  const texts = values.map(({ name }) => [name, { kind: 'text' }] as const);
  if (time === null || cut === null) return Object.fromEntries(texts);
  const { grain, timezone } = cut;
  return Object.fromEntries([[time.name, { kind: 'time', grain, timezone }], ...texts]);
}
