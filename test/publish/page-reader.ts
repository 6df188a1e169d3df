/** A reader that pages forward through a listing, three names at a time, while others publish. */
import { NOTHING } from '../support/invariants.js';
import type { World } from './world.js';

/**
 * Lists the partition a few times; each listing must name every part of one generation. `parts` says what stood at a path:
 * tag, part, of. What is deleted between listing and opening is the reader's not-found, not a missing row.
 */
export async function pageReader(
  world: World,
  key: string,
  parts: ReadonlyMap<string, string>,
  report: (violation: string) => void,
): Promise<void> {
  for (let round = 0; round < 3; round++) {
    const paths: string[] = [];
    for await (const page of world.store.list(`${world.layout.root.path}${key}/`))
      paths.push(...page.map((object) => object.path));
    const may = world.may.get(key)!;
    if (!may.includes(NOTHING) && !namesWhole(paths, parts))
      report(
        `a reader that paged through ${key} found ${paths.map((path) => parts.get(path) ?? path).join(', ')}`,
      );
  }
}

function namesWhole(paths: readonly string[], parts: ReadonlyMap<string, string>): boolean {
  const found = new Map<string, Set<string>>();
  for (const path of paths) {
    const [tag, part, of] = parts.get(path)?.split(' ') ?? [];
    if (tag === undefined) continue;
    const seen = found.get(tag) ?? new Set();
    found.set(tag, seen.add(part!));
    if (seen.size === Number(of)) return true;
  }
  return false;
}
