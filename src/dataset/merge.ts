/** Lays a definition over the project's defaults: mappings merge key by key, lists and scalars replace. */

type Mapping = Readonly<Record<string, unknown>>;

/** `own` over `defaults`; neither is changed. */
export function mergeDefaults(defaults: unknown, own: unknown): unknown {
  if (!isMapping(defaults) || !isMapping(own)) return own === undefined ? defaults : own;
  const merged = new Map<string, unknown>(Object.entries(defaults));
  for (const [key, value] of Object.entries(own)) {
    const below = merged.get(key);
    merged.set(key, key === 'target' ? mergeTarget(below, value) : mergeDefaults(below, value));
  }
  return Object.fromEntries(merged);
}

/** A target written as text is its `url` once defaults give the other keys. */
function mergeTarget(defaults: unknown, own: unknown): unknown {
  return mergeDefaults(defaults, isMapping(defaults) && typeof own === 'string' ? { url: own } : own);
}

export function isMapping(value: unknown): value is Mapping {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
