/** Places that a listing could not look into, and what may be hidden there. Pure. */
import type { InputTemplate } from '../core/input-template.js';
import { isDataObject, lastSegment } from '../core/location.js';

/** A place that could not be listed, and why. */
export interface Unlisted {
  /** Without a `/` at its end. */
  readonly path: string;
  /** `file`: at most one object is there. */
  readonly kind: 'file' | 'folder';
  /** Names the place. */
  readonly message: string;
}

/** True when objects under the prefix (which ends in `/`) may be hidden there. */
export function hides({ path }: Pick<Unlisted, 'path'>, prefix: string): boolean {
  return path.startsWith(prefix) || prefix.startsWith(`${path}/`);
}

/** True when data objects under the root may be hidden there: not under a name that readers skip. */
export function hidesData({ path, kind }: Pick<Unlisted, 'path' | 'kind'>, root: string): boolean {
  return root.startsWith(`${path}/`) || isDataObject(kind === 'folder' ? `${path}/x` : path, root);
}

/** True when objects of an input that match the template below `prefix`, or the marker there, may be hidden at the place. */
export function hidesInput(
  place: Unlisted,
  template: InputTemplate,
  {
    prefix,
    marker,
    matches,
  }: {
    readonly prefix: string;
    readonly marker: string | null;
    /** True for the values of an object that belongs to what is asked about. */
    readonly matches: (values: NonNullable<ReturnType<InputTemplate['match']>>) => boolean;
  },
): boolean {
  if (lastSegment(place.path) === marker && hides(place, prefix)) return true;
  if (!hidesData(place, template.root.path)) return false;
  if (place.kind === 'folder') return hides(place, prefix);
  const values = template.match(place.path);
  return values !== null && matches(values);
}
