/**
 * What no definition shows by itself: targets that overlap each other or their inputs, and cycles.
 * A root is compared as a prefix of its store; two names of one folder (links) are not seen.
 */
import { formatLocation } from '../../core/location.js';
import type { Location } from '../../core/location.js';
import type { Dataset } from '../dataset.js';
import type { Reporter } from '../reporter.js';

export interface ReportedDataset {
  readonly dataset: Dataset;
  readonly reporter: Reporter;
}

/** Reports every overlap and every cycle; `all` is in order of name. */
export function checkAcross(all: readonly ReportedDataset[]): void {
  all.forEach((one, i) => {
    checkTargets(
      one,
      all.slice(0, i).map(({ dataset }) => dataset),
    );
    checkOwnInputs(one);
  });
  checkCycles(all);
}

function checkTargets({ dataset, reporter }: ReportedDataset, before: readonly Dataset[]): void {
  const { root } = dataset.layout;
  const other = before.find((d) => isInside(root, d.layout.root) || isInside(d.layout.root, root));
  if (other === undefined) return;
  const theirs = other.layout.root;
  const same = isInside(root, theirs) && isInside(theirs, root);
  const message = same
    ? `dataset '${other.name}' fills the same root, ${formatLocation(root)}`
    : `the root ${formatLocation(root)} and that of dataset '${other.name}', ${formatLocation(theirs)}, lie in each other`;
  reporter.at(['target'], `${message}; give each dataset a prefix of its own`);
}

function checkOwnInputs({ dataset, reporter }: ReportedDataset): void {
  const { root } = dataset.layout;
  for (const input of dataset.inputs) {
    if (input.dataset !== null || input.self !== null) continue;
    const inner = isInside(root, input.template.root);
    if (!inner && !isInside(input.template.root, root)) continue;
    const [a, b] = inner ? ['the target', 'this input'] : ['this input', 'the target'];
    const where = formatLocation(inner ? input.template.root : root);
    const message = `${a} lies inside ${b} (${where}), so that a run would change what it reads; separate their prefixes`;
    reporter.at(['inputs', input.name], message);
  }
}

/** Each cycle once, at the input of its first dataset by name. Inputs that read another target by its URL count too. */
function checkCycles(all: readonly ReportedDataset[]): void {
  const edges = new Map(all.map(({ dataset }) => [dataset.name, upstreamsOf(dataset, all)]));
  const onCycle = new Set<string>();
  for (const { dataset, reporter } of all) {
    const path = onCycle.has(dataset.name) ? null : pathBack(dataset.name, edges);
    if (path === null) continue;
    path.forEach((name) => onCycle.add(name));
    const input = edges.get(dataset.name)?.find((edge) => edge.dataset === path[1]);
    const message = `a cycle: ${path.join(' reads ')}; take one of these inputs away`;
    reporter.at(['inputs', ...(input === undefined ? [] : [input.input])], message);
  }
}

interface Edge {
  readonly input: string;
  readonly dataset: string;
}

function upstreamsOf(dataset: Dataset, all: readonly ReportedDataset[]): Edge[] {
  return dataset.inputs.flatMap((input) => {
    const named = input.dataset;
    if (named !== null) return [{ input: input.name, dataset: named }];
    const reads = all.find(
      ({ dataset: other }) => other !== dataset && isInside(input.template.root, other.layout.root),
    );
    return reads === undefined ? [] : [{ input: input.name, dataset: reads.dataset.name }];
  });
}

/** Names from `start` along inputs back to `start`, by the fewest steps; null when there is no way. */
function pathBack(start: string, edges: ReadonlyMap<string, readonly Edge[]>): string[] | null {
  const seen = new Set<string>();
  let paths = [[start]];
  while (paths.length > 0) {
    const longer: string[][] = [];
    for (const path of paths) {
      for (const { dataset } of edges.get(path.at(-1) ?? start) ?? []) {
        if (dataset === start) return [...path, start];
        if (!seen.has(dataset)) longer.push([...path, dataset]);
        seen.add(dataset);
      }
    }
    paths = longer;
  }
  return null;
}

function isInside(inner: Location, outer: Location): boolean {
  return inner.store === outer.store && inner.path.startsWith(outer.path);
}
