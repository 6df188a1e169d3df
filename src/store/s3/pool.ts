/** Runs a function over items, a few at a time; the results in the items' order. */

/** Stops starting new ones at the first failure, waits for those under way, and throws it. */
export async function inPool<T, R>(
  items: readonly T[],
  lanes: number,
  run: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = new Array<R>(items.length);
  let next = 0;
  let failure: { readonly error: unknown } | null = null;
  const lane = async () => {
    while (next < items.length && failure === null) {
      const index = next++;
      try {
        results[index] = await run(items[index]!, index);
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(lanes, items.length) }, lane));
  if (failure !== null) throw (failure as { error: unknown }).error;
  return results;
}
