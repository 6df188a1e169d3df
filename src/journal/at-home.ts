/**
 * Entries name places by their full store path. A lake that was moved, or restored elsewhere, together with its control prefix has
 * entries of the old place: they are read as if they had been written here, so that nothing at the old place is ever touched. Pure.
 */
import { lastSegment } from '../core/location.js';
import type { PreparedUpload } from '../store/object-store.js';
import type { FactsObject } from './codec.js';
import type { ControlPaths } from './control.js';
import type { Fact, JournalState, KeyState, PromotingFact } from './entry.js';

export function factAtHome(fact: Fact, control: ControlPaths): Fact {
  return fact.fact === 'promoting' ? promotingAtHome(fact, control) : fact;
}

export function stateAtHome(state: JournalState, control: ControlPaths): JournalState {
  return { ...state, keys: new Map([...state.keys].map(([key, one]) => [key, keyAtHome(one, control)])) };
}

export function factsObjectAtHome(object: FactsObject, control: ControlPaths): FactsObject {
  return { ...object, path: control.facts + lastSegment(object.path) };
}

function keyAtHome(state: KeyState, control: ControlPaths): KeyState {
  return {
    ...state,
    attempt: state.attempt && promotingAtHome(state.attempt, control),
    retained: state.retained.map((one) => ({
      ...one,
      prefix: retainedAtHome(one.prefix, state.key, control),
    })),
  };
}

function promotingAtHome<F extends PromotingFact>(fact: F, control: ControlPaths): F {
  return {
    ...fact,
    add: fact.add.map((upload) => uploadAtHome(upload, fact.key, control)),
    retained: retainedAtHome(fact.retained, fact.key, control),
  };
}

function retainedAtHome(prefix: string | null, key: string, control: ControlPaths): string | null {
  return prefix === null ? null : `${control.retained}${key}/${lastSegment(prefix)}/`;
}

function uploadAtHome(upload: PreparedUpload, key: string, control: ControlPaths): PreparedUpload {
  const name = lastSegment(upload.path);
  // A target without variables has no folder for its only key.
  const hasFolder = `/${upload.path}`.endsWith(`/${lastSegment(control.root)}/${key}/${name}`);
  // On a local directory the id is the path of the prepared file.
  const mark = `/${lastSegment(control.prefix)}/prepared/`;
  const cut = upload.id.lastIndexOf(mark);
  return {
    ...upload,
    path: `${control.root}${hasFolder ? `${key}/` : ''}${name}`,
    id: cut < 0 ? upload.id : control.prepared + upload.id.slice(cut + mark.length),
  };
}
