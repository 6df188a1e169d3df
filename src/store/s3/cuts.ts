/**
 * Where to cut a long listing: at common prefixes, found level by level. What is found decides speed only; any
 * ascending list of paths gives the same listing.
 */
import { compareBytes } from '../../core/byte-order.js';
import { listOneLevel } from './list.js';
import type { S3Context } from './context.js';

/** Requests that may be spent per prefix. */
const LEVEL_PAGES = 4;
const MAX_DEPTH = 3;
/** With fewer prefixes than this, as `year=` has, the level below is looked at too. */
const ENOUGH = 64;
/** Prefixes that are looked into. */
const MAX_FAN = 32;

/** Ascending paths after `after`; empty where the keys are flat. */
export async function findCuts(
  context: S3Context,
  prefix: string,
  after: string,
  signal?: AbortSignal,
): Promise<string[]> {
  const below = async (folder: string, from: string, pages: number) =>
    (await listOneLevel(context, folder, from, pages, signal)).prefixes;
  let cuts = await below(prefix, after, LEVEL_PAGES);
  let newest = cuts;
  for (let depth = 1; depth < MAX_DEPTH && newest.length > 0 && cuts.length < ENOUGH; depth += 1) {
    const folders = newest.slice(0, MAX_FAN);
    newest = (
      await Promise.all(folders.map((f) => below(f, compareBytes(after, f) > 0 ? after : '', 1)))
    ).flat();
    cuts = [...cuts, ...newest].sort(compareBytes);
  }
  return cuts.filter((cut) => compareBytes(cut, after) > 0);
}
