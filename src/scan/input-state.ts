/** One input of one key, judged: can the partition be made from it, and what keeps it from that. Pure. */
import type { DatasetInput } from '../dataset/dataset.js';
import type { InputFacts } from '../source/input-facts.js';
import type { UnitContent } from '../source/requirement.js';
import type { InputState } from './key-facts.js';
import type { Reason } from './status.js';
import type { Upstream } from './upstream.js';
import { count, listed, places } from './words.js';

/** The state of an input that was listed. `upstream` is null for an input that no dataset of the project makes. */
export function inputState(facts: InputFacts, upstream: Upstream | null): InputState {
  const { input, record } = facts;
  const gaps = upstream === null ? { units: facts.missing, keys: [] } : gapsOf(facts, upstream);
  const need = input.require === 'any' ? 'any' : 'all';
  return {
    name: input.name,
    store: input.template.root.store,
    tracked: record.tracked,
    failure: null,
    record,
    objects: facts.objects,
    // A lake that was filled at once has a previous partition that is newer than the next, and not stale.
    newest: input.self === null ? facts.newest : null,
    blockers: blockersOf(facts, gaps, upstream),
    awaits:
      upstream === null || gaps.keys.length === 0
        ? null
        : { dataset: upstream.dataset.name, keys: gaps.keys, need },
    unsteady: upstream === null ? null : upstream.unsteadiness(facts.units),
  };
}

/** The state of an input whose listing failed: nothing is known, nothing is concluded. */
export function unknownInput(input: DatasetInput, tracked: boolean, failure: string): InputState {
  const nothing = { record: null, objects: [], newest: null, blockers: [], awaits: null, unsteady: null };
  const { name, template } = input;
  return { name, store: template.root.store, tracked, failure, ...nothing };
}

/** What must be there and is not: units that nobody of the project makes, and upstream keys. */
interface Gaps {
  readonly units: readonly UnitContent[];
  readonly keys: readonly string[];
}

/**
 * A unit that an upstream produced empty on purpose is no gap, unless nothing at all would be left to read. With
 * `all` and `window` every upstream key of a unit must be made, not just one that puts data there.
 */
function gapsOf(facts: InputFacts, upstream: Upstream): Gaps {
  if (facts.input.self === -1) return previousGaps(facts, upstream);
  const units: UnitContent[] = [];
  const keys: string[] = [];
  for (const unit of facts.missing) {
    const absent = upstream.absentKeys(unit);
    keys.push(...absent);
    const foreign = upstream.keysOfUnit(unit.values).length === 0;
    if (absent.length === 0 && (foreign || facts.objects.length === 0)) units.push(unit);
  }
  const { require } = facts.input;
  if (require === 'all' || require === 'window') {
    for (const unit of facts.units)
      if (unit.objects.length > 0 && (!unit.neighbour || require === 'window'))
        keys.push(...upstream.absentKeys(unit));
  }
  return { units, keys };
}

/** The first partition has no previous one, and one that was produced empty on purpose is no gap. */
function previousGaps({ input, units }: InputFacts, upstream: Upstream): Gaps {
  return { units: [], keys: input.require === 'none' ? [] : units.flatMap((u) => upstream.absentKeys(u)) };
}

function blockersOf(facts: InputFacts, gaps: Gaps, upstream: Upstream | null): Reason[] {
  const { input, unreadable, archived } = facts;
  const blockers: Reason[] = [];
  const add = (code: string, message: string) =>
    blockers.push({ code, message: `${input.name}: ${message}` });
  if (gaps.units.length > 0)
    add('input-missing', `no data at ${listed(gaps.units.map((unit) => shown(facts, unit)))}`);
  if (gaps.keys.length > 0) {
    const keys = gaps.keys.map((key) => `${upstream!.dataset.name}/${key}`);
    add('upstream-missing', `${listed(keys)} ${keys.length === 1 ? 'has' : 'have'} no data yet`);
  }
  if (unreadable.length > 0)
    add(
      'input-unreadable',
      `${count(unreadable.length, 'file')} too short to be Parquet: ${places(input.template.root.store, unreadable)}`,
    );
  if (archived.length > 0)
    add(
      'input-archived',
      `${count(archived.length, 'object')} must be restored from the archive first: ${places(input.template.root.store, archived)}`,
    );
  return blockers;
}

function shown({ input: { template, marker } }: InputFacts, unit: UnitContent): string {
  const pattern = template.describe(unit.values);
  return marker === null ? pattern : `${pattern} (or no ${marker} there)`;
}
