/** What one element of a template writes for given values: raw, as it stands in the path, and decoded, as SQL sees it. */
import { LakefillError } from './errors.js';
import { isUnit } from './grain.js';
import { decodeHiveValue, encodeHiveValue } from './hive.js';
import { problemOfText } from './path-pattern.js';
import { formatToken } from './token-text.js';
import type { KeyValues } from './partition-key.js';
import type { Element, TextElement, TimeElement } from './segment.js';

/** Raw text in the path. DEFINITION_INVALID for a value that cannot stand there, INTERNAL for a missing one. */
export function rawOf(element: Element, values: KeyValues): string {
  switch (element.kind) {
    case 'literal':
      return element.text;
    case 'glob':
      return element.glob;
    case 'time':
      return timeText(element, values);
    case 'text':
      return rawText(element, values);
  }
}

/** Decoded text of a `col=` segment's value; null when it shows NULL. */
export function shownOf(elements: readonly Element[], values: KeyValues): string | null {
  const texts = elements.map((element) => {
    if (element.kind === 'text') return valueOf(element.variable, values);
    return element.kind === 'literal' ? decodeHiveValue(element.text) : rawOf(element, values);
  });
  return texts.includes(null) ? null : texts.join('');
}

function timeText({ variable, grain, token }: TimeElement, values: KeyValues): string {
  const unit = valueOf(variable, values);
  if (unit !== null && isUnit(grain, unit)) return formatToken(grain, unit, token);
  throw new LakefillError(
    'INTERNAL',
    `'${unit}' is not the canonical name of a ${grain} for the variable '${variable}'.`,
  );
}

function rawText(element: TextElement, values: KeyValues): string {
  const value = valueOf(element.variable, values);
  if (value === null && element.whole) return encodeHiveValue(null);
  const problem =
    value === null
      ? 'is NULL, which only a folder such as name={name} can show'
      : problemOfText(value, element);
  if (problem === null) return element.escaped ? encodeHiveValue(value) : value!;
  throw new LakefillError(
    'DEFINITION_INVALID',
    `The value ${JSON.stringify(value)} of the variable '${element.variable}' ${problem}. No key was made for it.`,
    {
      hint: `Leave the value out, or write {${element.variable}} as a folder of its own, ${element.variable}={${element.variable}}/.`,
      context: { variable: element.variable, value },
    },
  );
}

function valueOf(variable: string, values: KeyValues): string | null {
  const value = Object.hasOwn(values, variable) ? values[variable] : undefined;
  if (value !== undefined) return value;
  throw new LakefillError('INTERNAL', `No value for the variable '${variable}' was given.`);
}
