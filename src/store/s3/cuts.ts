/**
 * Where to cut a long listing: at common prefixes, found level by level. What is found decides speed only; any
 * ascending list of paths gives the same listing.
 */
import { compareBytes } from '../../core/byte-order.js';
import { listOneLevel } from './list.js';
import type { S3Context } from './context.js';

/** Requests that may be spent per level and prefix. */
const LEVEL_PAGES = 4;
const MAX_DEPTH = 3;
/** Prefixes looked into when a level has too few of them, as `year=` has. */
const MAX_FAN = 32;

/** Ascending paths after `last`, at most `wanted`; empty where the keys are flat. */
export async function findCuts(
  context: S3Context,
  prefix: string,
  last: string,
  wanted: number,
  signal?: AbortSignal,
): Promise<string[]> {
  let level = (await listOneLevel(context, prefix, last, LEVEL_PAGES, signal)).prefixes;
  for (let depth = 1; depth < MAX_DEPTH && level.length > 0 && level.length < wanted / 4; depth += 1) {
    const below = await Promise.all(
      level
        .slice(0, MAX_FAN)
        .map((p) => listOneLevel(context, p, compareBytes(last, p) > 0 ? last : '', 1, signal)),
    );
    const deeper = below.flatMap((b) => b.prefixes);
    if (deeper.length === 0) break;
    level = [...level, ...deeper].sort(compareBytes);
  }
  const every = Math.max(1, Math.ceil(level.length / wanted));
  return level.filter((cut, i) => i % every === 0 && compareBytes(cut, last) > 0);
}
