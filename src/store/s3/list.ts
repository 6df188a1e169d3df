/**
 * Listings: pages in byte order with flat memory. A long listing is read by several requests at once, cut at paths
 * between which keys are independent; the answer is the same as from one chain of pages.
 */
import { compareBytes } from '../../core/byte-order.js';
import { findCuts } from './cuts.js';
import { fetchPage, invalid } from './list-page.js';
import { inOrder } from './in-order.js';
import type { S3Context } from './context.js';
import type { ObjectInfo } from '../object-store.js';

export interface Listing {
  readonly prefix: string;
  readonly after: string;
  /** Paths to cut at, ascending, where the caller knows some; otherwise they are looked for. */
  readonly cuts?: readonly string[];
  readonly signal?: AbortSignal;
}

/** Pages read one after the other before it is worth looking for cuts. */
const PAGES_BEFORE_CUTTING = 4;
const LANES = 16;
/** A range ends within a page, which is read in full: ranges of this many pages waste little. */
const PAGES_PER_RANGE = 8;
/** Pages that may wait for the reader, over all lanes: about 40 MB of entries. */
const BUFFERED_PAGES = LANES * PAGES_PER_RANGE;

export async function* listObjects(
  context: S3Context,
  listing: Listing,
): AsyncGenerator<readonly ObjectInfo[]> {
  const { prefix, after, signal } = listing;
  const pages = chain(context, prefix, after, null, signal);
  let last = after;
  let listed = 0;
  for (let n = 0; n < PAGES_BEFORE_CUTTING; n += 1) {
    const step = await pages.next();
    if (step.done) return;
    if (step.value.length > 0) yield step.value;
    last = step.value.at(-1)?.path ?? last;
    listed += step.value.length;
  }
  const found = listing.cuts ?? (await findCuts(context, prefix, after, signal));
  const cuts = usable(found, after, last, listed / context.sizes.page);
  if (cuts.length === 0) {
    yield* pages;
    return;
  }
  await pages.return(undefined);
  const ranges = [last, ...cuts].map((start, i) => ({ start, until: cuts[i] ?? null }));
  const sources = ranges.map(
    ({ start, until }) =>
      (stop: AbortSignal) =>
        chain(context, prefix, start, until, stop),
  );
  yield* inOrder(sources, { lanes: LANES, capacity: BUFFERED_PAGES, ...(signal ? { signal } : {}) });
}

/** The cuts after `last`, so thinned out that a range has the right number of pages if it goes on as it began. */
function usable(found: readonly string[], after: string, last: string, pagesListed: number): string[] {
  const cuts = [...new Set(found)].filter((cut) => compareBytes(cut, after) > 0).sort(compareBytes);
  const rest = cuts.filter((cut) => compareBytes(cut, last) > 0);
  const pagesPerCut = pagesListed / Math.max(1, cuts.length - rest.length);
  const every = Math.max(1, Math.round(PAGES_PER_RANGE / pagesPerCut));
  return rest.filter((_, i) => i % every === every - 1);
}

/** Stores answer an empty page in the middle where everything on it was deleted; for ever would be a broken one. */
const EMPTY_PAGES = 1000;

/** One chain of pages: paths in (after, until], each page checked against the one before. May yield empty pages. */
async function* chain(
  context: S3Context,
  prefix: string,
  after: string,
  until: string | null,
  signal?: AbortSignal,
): AsyncGenerator<readonly ObjectInfo[], void, undefined> {
  const tokens = new Set<string>();
  let last = after;
  let token: string | null = null;
  for (;;) {
    const page = await fetchPage(context, { prefix, after: last, token }, signal);
    if (page.token !== null && page.truncated) {
      if (tokens.has(page.token)) throw invalid(context, prefix, 'a page leads back to an earlier one');
      // Progress in keys proves itself; tokens need watching only while there is none.
      if (page.objects.length > 0) tokens.clear();
      tokens.add(page.token);
      if (tokens.size > EMPTY_PAGES)
        throw invalid(context, prefix, `${EMPTY_PAGES} pages in a row are empty`);
    }
    const end = until === null ? -1 : page.objects.findIndex((o) => compareBytes(o.path, until) > 0);
    yield end < 0 ? page.objects : page.objects.slice(0, end);
    if (end >= 0 || !page.truncated) return;
    last = page.objects.at(-1)?.path ?? last;
    token = page.token;
  }
}

/** The distinct names one level below the prefix, in order. */
export async function listOneLevel(
  context: S3Context,
  prefix: string,
  after: string,
  pages: number,
  signal?: AbortSignal,
): Promise<{ prefixes: string[]; objects: ObjectInfo[] }> {
  const prefixes: string[] = [];
  const objects: ObjectInfo[] = [];
  let last = after;
  let token: string | null = null;
  for (let n = 0; n < pages; n += 1) {
    const page = await fetchPage(context, { prefix, delimiter: '/', after: last, token }, signal);
    for (const p of page.prefixes) if (p !== prefixes.at(-1)) prefixes.push(p);
    objects.push(...page.objects);
    if (!page.truncated) break;
    const ends = [prefixes.at(-1) ?? '', objects.at(-1)?.path ?? '', last];
    const furthest = ends.sort(compareBytes).at(-1)!;
    if (furthest === last && page.prefixes.length + page.objects.length > 0)
      throw invalid(context, prefix, 'a page leads back to an earlier one');
    last = furthest;
    token = page.token;
  }
  return { prefixes, objects };
}
