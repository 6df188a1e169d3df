/** Remembers what a store said was done, and says what of it a power loss took away: the port promises that it takes nothing. */
import { intercept } from '../../src/store/intercept.js';
import type { Call } from '../../src/store/intercept.js';
import type { ObjectStore } from '../../src/store/object-store.js';
import type { Objects } from '../support/independent-reader.js';

/** What must stand at a path: these bytes, so many bytes, or nothing. */
type Promised = Uint8Array | number | null;

export interface Acknowledged {
  readonly store: ObjectStore;
  /** Answers that are not true of these objects, in words. */
  violations(objects: Objects): string[];
  readonly answers: number;
}

export function acknowledged(store: ObjectStore): Acknowledged {
  const promised = new Map<string, { readonly what: Promised; readonly by: string }>();
  let answers = 0;
  const around = async <T>(call: Call, next: () => Promise<T>): Promise<T> => {
    // From here until the answer the path may be old or new.
    for (const path of pathsOf(call)) promised.delete(path);
    const answer = await next();
    for (const [path, what] of promisesOf(call, answer)) {
      promised.set(path, { what, by: call.method });
      answers += 1;
    }
    return answer;
  };
  return {
    store: intercept(store, around),
    get answers() {
      return answers;
    },
    violations: (objects) =>
      [...promised].flatMap(([path, { what, by }]) =>
        isThere(objects.get(path), what)
          ? []
          : [`${by} of ${path} was answered, and is undone: ${objects.get(path)?.length ?? 'no'} bytes`],
      ),
  };
}

function isThere(bytes: Buffer | undefined, what: Promised): boolean {
  if (what === null) return bytes === undefined;
  return typeof what === 'number' ? bytes?.length === what : bytes?.equals(what) === true;
}

function pathsOf(call: Call): string[] {
  switch (call.method) {
    case 'put':
      // A creation that loses changes nothing.
      return call.args[2].kind === 'create' ? [] : [call.args[0]];
    case 'copy':
      return [call.args[2]];
    case 'delete':
      return call.args[0].flatMap(({ path, moveTo }) => (moveTo === undefined ? [path] : [path, moveTo]));
    case 'complete':
    case 'abort':
      return [call.args[0].path, call.args[0].id];
    default:
      return [];
  }
}

function promisesOf(call: Call, answer: unknown): [string, Promised][] {
  const { outcome } = answer as { outcome?: string };
  switch (call.method) {
    case 'put': {
      const body = call.args[1];
      return outcome === 'done' && 'bytes' in body ? [[call.args[0], body.bytes]] : [];
    }
    case 'copy':
      return outcome === 'done' ? [[call.args[2], sizeIn(answer)]] : [];
    case 'prepare': {
      const { upload } = answer as { upload?: { id: string; size: number } };
      return upload ? [[upload.id, upload.size]] : [];
    }
    case 'complete':
      return outcome === 'done'
        ? [
            [call.args[0].path, sizeIn(answer)],
            [call.args[0].id, null],
          ]
        : [];
    case 'abort':
      return [[call.args[0].id, null]];
    case 'delete':
      return (answer as { path: string; outcome: string }[]).flatMap(({ path, outcome: how }) =>
        how === 'deleted' ? [[path, null]] : [],
      );
    default:
      return [];
  }
}

function sizeIn(answer: unknown): number {
  return (answer as { object: { size: number } }).object.size;
}
