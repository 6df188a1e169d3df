/** One input of one key, judged: can the partition be made from it, and what keeps it from that. Pure. */
import type { DatasetInput } from '../dataset/dataset.js';
import type { InputFacts } from '../source/input-facts.js';
import type { UnitContent } from '../source/requirement.js';
import type { ObjectInfo } from '../store/object-store.js';
import type { InputState } from './key-facts.js';
import type { Reason } from './status.js';
import type { Upstream } from './upstream.js';
import { count, listed, places } from './words.js';

/** The state of an input that was listed. `upstream` is null for an input that no dataset of the project makes. */
export function inputState(facts: InputFacts, upstream: Upstream | null): InputState {
  const { input, record } = facts;
  const gaps = upstream === null ? { units: facts.missing, keys: [] } : gapsOf(facts, upstream);
  const broken = brokenOf(facts, upstream);
  const keys = [...gaps.keys, ...broken.keys];
  const need = input.require === 'any' && broken.keys.length === 0 ? 'any' : 'all';
  return {
    name: input.name,
    store: input.template.root.store,
    tracked: record.tracked,
    failure: null,
    record,
    objects: facts.objects,
    // A lake that was filled at once has a previous partition that is newer than the next, and not stale.
    newest: input.self === null ? facts.newest : null,
    blockers: blockersOf(facts, gaps, broken, upstream),
    awaits: upstream === null || keys.length === 0 ? null : { dataset: upstream.dataset.name, keys, need },
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

/** Files that cannot be read: keys whose upstream makes them anew, and what somebody else must deliver again. */
interface Broken {
  readonly keys: readonly string[];
  readonly delivered: readonly ObjectInfo[];
}

function brokenOf({ unreadable }: InputFacts, upstream: Upstream | null): Broken {
  const held = unreadable.map((object) => ({ object, key: upstream?.keyHolding(object) ?? null }));
  return {
    keys: [...new Set(held.flatMap(({ key }) => key ?? []))],
    delivered: held.flatMap(({ object, key }) => (key === null ? [object] : [])),
  };
}

function blockersOf(facts: InputFacts, gaps: Gaps, broken: Broken, upstream: Upstream | null): Reason[] {
  const { input, archived } = facts;
  const { store } = input.template.root;
  const blockers: Reason[] = [];
  const add = (code: string, message: string) =>
    blockers.push({ code, message: `${input.name}: ${message}` });
  if (gaps.units.length > 0)
    add('input-missing', `no data at ${listed(gaps.units.map((unit) => shown(facts, unit)))}`);
  const named = (keys: readonly string[]) => listed(keys.map((key) => `${upstream!.dataset.name}/${key}`));
  if (gaps.keys.length > 0)
    add('upstream-missing', `${named(gaps.keys)} ${gaps.keys.length === 1 ? 'has' : 'have'} no data yet`);
  if (broken.keys.length > 0)
    add(
      'upstream-missing',
      `${named(broken.keys)} cannot be read: ${broken.keys.length === 1 ? 'a file of it is' : 'files of them are'} too short to be Parquet`,
    );
  if (broken.delivered.length > 0)
    add(
      'input-unreadable',
      `${count(broken.delivered.length, 'file')} too short to be Parquet: ${places(store, broken.delivered)}`,
    );
  if (archived.length > 0)
    add(
      'input-archived',
      `${count(archived.length, 'object')} must be restored from the archive first: ${places(store, archived)}`,
    );
  return blockers;
}

function shown({ input: { template, marker } }: InputFacts, unit: UnitContent): string {
  const pattern = template.describe(unit.values);
  return marker === null ? pattern : `${pattern} (or no ${marker} there)`;
}
