/** One input of one key, judged: can the partition be made from it, and what keeps it from that. Pure. */
import { formatLocation } from '../core/location.js';
import type { InputFacts } from '../source/input-facts.js';
import type { UnitContent } from '../source/requirement.js';
import type { ObjectInfo } from '../store/object-store.js';
import type { InputState } from './key-facts.js';
import type { Reason } from './status.js';
import type { Upstream } from './upstream.js';
import { count, listed } from './words.js';

/** The state of an input that was listed. `upstream` is null for an input that no dataset of the project makes. */
export function inputState(facts: InputFacts, upstream: Upstream | null): InputState {
  const { input, record, missing } = facts;
  const made = upstream === null ? [] : missing.map((unit) => upstream.keysOfUnit(unit.values));
  const awaited = made.filter((keys) => keys.length > 0);
  return {
    name: input.name,
    tracked: record.tracked,
    failure: null,
    record,
    objects: facts.objects,
    newest: facts.newest,
    blockers: blockersOf(facts, made, upstream),
    awaits:
      upstream === null || awaited.length === 0
        ? null
        : { dataset: upstream.dataset.name, units: awaited, need: input.require === 'any' ? 'any' : 'all' },
    unsteady: upstream === null ? null : upstream.unsteadiness(facts.units),
  };
}

/** The state of an input whose listing failed: nothing is known, nothing is concluded. */
export function unknownInput(name: string, tracked: boolean, failure: string): InputState {
  return {
    name,
    tracked,
    failure,
    record: null,
    objects: [],
    newest: null,
    blockers: [],
    awaits: null,
    unsteady: null,
  };
}

function blockersOf(
  facts: InputFacts,
  made: readonly (readonly string[])[],
  upstream: Upstream | null,
): Reason[] {
  const { input, missing, unreadable, archived } = facts;
  const blockers: Reason[] = [];
  const fromUpstream = missing.filter((_, i) => (made[i]?.length ?? 0) > 0);
  const others = missing.filter((_, i) => (made[i]?.length ?? 0) === 0);
  const add = (code: string, message: string) =>
    blockers.push({ code, message: `${input.name}: ${message}` });
  if (others.length > 0)
    add('input-missing', `no data at ${listed(others.map((unit) => shown(facts, unit)))}`);
  if (fromUpstream.length > 0) {
    const keys = made.flat().map((key) => `${upstream!.dataset.name}/${key}`);
    add('upstream-missing', `${listed(keys)} ${keys.length === 1 ? 'has' : 'have'} no data yet`);
  }
  if (unreadable.length > 0)
    add(
      'input-unreadable',
      `${count(unreadable.length, 'file')} too short to be Parquet: ${paths(unreadable)}`,
    );
  if (archived.length > 0)
    add(
      'input-archived',
      `${count(archived.length, 'object')} must be restored from the archive first: ${paths(archived)}`,
    );
  return blockers;
}

function shown({ input }: InputFacts, unit: UnitContent): string {
  const { template, marker } = input;
  const pattern = formatLocation({ store: template.root.store, path: template.describe(unit.values) });
  return marker === null ? pattern : `${pattern} (or no ${marker} there)`;
}

function paths(objects: readonly ObjectInfo[]): string {
  return listed(objects.map((object) => object.path));
}
