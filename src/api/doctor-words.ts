/** Words that several of doctor's findings use. Pure. */

/** `1 entry`, `2 entries`. */
export function plainCount(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
