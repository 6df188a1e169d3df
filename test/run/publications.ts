/** How often each key of `sales` was published, from the journal; keys in order. */
import type { TestLake } from '../e2e/lake.js';

export function publications(lake: TestLake): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { facts } of lake.journal()) {
    for (const { fact, key } of facts as { fact: string; key: string }[])
      if (fact === 'published') counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}
