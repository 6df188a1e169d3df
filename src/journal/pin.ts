/**
 * The pin `dataset.json`: what the journal under a control prefix belongs to, written once. A writer whose definition
 * says otherwise is refused, so that two definitions never write one target with different ideas of its keys.
 */
import { LakefillError } from '../core/errors.js';
import { lastSegment } from '../core/location.js';
import { canonicalJson } from '../core/digest.js';
import { formatLocation } from '../core/location.js';
import type { CallOptions, ObjectStore } from '../store/object-store.js';
import { encodeJson } from './codec.js';
import type { ControlPaths } from './control.js';

export const PIN_FORMAT = 'lakefill.dataset/1';

export interface Pin {
  readonly format: typeof PIN_FORMAT;
  /**
   * The root as a location text, when the journal was begun. Only its last segment is compared: the journal stands beside the root, so
   * a lake that was moved or restored elsewhere with its journal is the same one.
   */
  readonly root: string;
  /** The template after the root, as written. */
  readonly layout: string;
  /** Zone of the time variable; null without one. */
  readonly timezone: string | null;
  readonly grain: string | null;
  readonly table: string;
}

/** The pin that stands there, or null. */
export async function readPin(
  store: ObjectStore,
  control: ControlPaths,
  options: CallOptions = {},
): Promise<Pin | null> {
  const found = await store.get(control.pin, options);
  if (found.outcome !== 'found') return null;
  try {
    return parsePin(found.bytes);
  } catch (cause) {
    throw new LakefillError(
      'JOURNAL_CORRUPT',
      `${formatLocation({ store: store.url, path: control.pin })} is not what pins a dataset. Nothing was changed.`,
      {
        hint: 'Upgrade lakefill if a newer version wrote it; otherwise restore it from a backup of the control prefix.',
        cause,
      },
    );
  }
}

/** Throws what is no object of our format: `null` must not pass for a dataset that nobody has pinned. */
function parsePin(bytes: Uint8Array): Pin {
  const json = JSON.parse(new TextDecoder().decode(bytes)) as Pin | null;
  if (typeof json?.format !== 'string' || !json.format.startsWith('lakefill.dataset/'))
    throw new Error('it does not say that it is one');
  return json;
}

/** Throws DEFINITION_DIFFERS when the journal belongs to another definition of the target. */
export function checkPin(there: Pin | null, ours: Pin, control: ControlPaths): void {
  if (there === null) return;
  const differing = (Object.keys(ours) as (keyof Pin)[]).filter(
    (key) => compared(there, key) !== compared(ours, key),
  );
  if (differing.length === 0) return;
  const list = differing
    .map((key) => `${key} is ${JSON.stringify(there[key])} there and ${JSON.stringify(ours[key])} here`)
    .join('; ');
  throw new LakefillError(
    'DEFINITION_DIFFERS',
    `The journal of ${ours.root} was begun with another definition: ${list}. Nothing was changed.`,
    {
      hint: `Restore the definition, or give the new layout a target of its own. If the old data and history are to be abandoned, move ${control.place} away first.`,
      context: { differing },
    },
  );
}

function compared(pin: Pin, key: keyof Pin): string {
  return canonicalJson(key === 'root' && typeof pin.root === 'string' ? lastSegment(pin.root) : pin[key]);
}

/** Pins the target if nothing is pinned yet; throws DEFINITION_DIFFERS otherwise when it differs. */
export async function pin(store: ObjectStore, control: ControlPaths, ours: Pin): Promise<void> {
  const there = await readPin(store, control);
  if (there === null) {
    const put = await store.put(control.pin, { bytes: encodeJson(ours) }, { kind: 'create' });
    if (put.outcome === 'done') return;
  }
  checkPin(there ?? (await readPin(store, control)), ours, control);
}
