/**
 * Reads a dataset the way an outsider would: its own listing, its own small idea of what journal entries mean. Shares no
 * code with src/, so that a mistake there is not repeated here. Never writes.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { ObjectStore } from '../../src/store/object-store.js';

/** Every object by path, at one moment. */
export type Objects = ReadonlyMap<string, Buffer>;

export interface RawStore {
  snapshot(): Promise<Objects>;
}

/** The bytes behind a store that is in this process's memory. */
export function rawMemory(store: ObjectStore): RawStore {
  return {
    async snapshot() {
      const objects = new Map<string, Buffer>();
      for await (const page of store.list('')) {
        for (const { path } of page) {
          const got = await store.get(path);
          if (got.outcome === 'found') objects.set(path, Buffer.from(got.bytes));
        }
      }
      return objects;
    },
  };
}

/** Files below a folder, read with the file system's own calls; paths as the local store names them. */
export function rawFolder(folder: string): RawStore {
  return { snapshot: () => Promise.resolve(readFolder(folder)) };
}

/** Data before the journal, so that whatever is visible has its entry in the same snapshot. */
function readFolder(folder: string): Objects {
  for (;;) {
    const objects = new Map<string, Buffer>();
    try {
      for (const file of filesBelow(folder).filter((one) => !isControl(one))) read(file, objects);
      for (const file of filesBelow(folder).filter(isControl)) read(file, objects);
      return objects;
    } catch (error) {
      // Moved between its listing and its reading: look again.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}

function isControl(file: string): boolean {
  return file.includes(`${path.sep}_lakefill${path.sep}`);
}

function read(file: string, into: Map<string, Buffer>): void {
  into.set(file.split(path.sep).join('/').replace(/^\//, ''), readFileSync(file));
}

export type Phase = 'stable' | 'promoting' | 'cleaning' | 'aborting';

/** What the journal tells about a key, by this reader's understanding. */
export interface ToldKey {
  phase: Phase;
  attempt: string | null;
  /** Files that readers are said to find, in order. */
  files: { name: string; size: number; sha256: string | null }[];
  foreign: string[];
  /** Retained generations that a rollback may still use: prefix and names, by sequence of the entry. */
  kept: Map<number, { prefix: string; names: string[] }>;
  /** Names of every attempt that was taken back. */
  withdrawn: string[];
  outcomes: string[];
  ended: number;
}

interface RawFact {
  fact: string;
  key: string;
  attempt: string;
  add?: { path: string; size: number; sha256: string }[];
  remove?: { name: string }[];
  retained?: string | null;
  files?: { name: string; size: number; sha256: string | null }[];
  foreign?: string[];
  sequences?: number[];
  revoked?: string[];
}

interface RawEntry {
  format: string;
  sequence: number;
  run: string;
  nonce: string;
  facts: RawFact[];
  factsObject?: { path: string; size: number; sha256: string };
}

/** Phase before -> fact -> phase after. What is not here must not be in a journal. */
const MOVES: Record<Phase, Record<string, Phase>> = {
  stable: {
    promoting: 'promoting',
    ended: 'stable',
    refreshed: 'stable',
    adopted: 'stable',
    'retained-dropped': 'stable',
  },
  promoting: {
    cleaning: 'cleaning',
    aborting: 'aborting',
    published: 'stable',
    'retained-dropped': 'promoting',
  },
  cleaning: { published: 'stable', 'retained-dropped': 'cleaning' },
  aborting: { withdrawn: 'stable', 'retained-dropped': 'aborting' },
};

export interface Told {
  readonly entries: readonly RawEntry[];
  readonly keys: ReadonlyMap<string, ToldKey>;
  /** Objects under facts/ that some entry names. */
  readonly factsObjects: ReadonlySet<string>;
}

/** The journal below `control`. Throws when it cannot be what a writer of lakefill left. */
export function tell(objects: Objects, control: string): Told {
  // A local write that died leaves a hidden temporary file, which is no entry.
  const names = [...objects.keys()]
    .filter((name) => name.startsWith(`${control}journal/`) && !name.startsWith(`${control}journal/.`))
    .sort();
  const keys = new Map<string, ToldKey>();
  const entries: RawEntry[] = [];
  const factsObjects = new Set<string>();
  const nonces = new Map<string, number>();
  for (const [i, name] of names.entries()) {
    if (name !== `${control}journal/${String(i + 1).padStart(20, '0')}.json`)
      throw new Error(`journal object ${i + 1} is called ${name}`);
    const entry = JSON.parse(objects.get(name)!.toString()) as RawEntry;
    if (entry.sequence !== i + 1 || entry.format !== 'lakefill.journal/1')
      throw new Error(`${name} says it is ${entry.format} number ${entry.sequence}`);
    if (nonces.has(entry.nonce))
      throw new Error(`entries ${nonces.get(entry.nonce)} and ${i + 1} are one append`);
    nonces.set(entry.nonce, i + 1);
    if (entry.factsObject) {
      const bytes = objects.get(entry.factsObject.path);
      if (!bytes || digest(bytes) !== entry.factsObject.sha256)
        throw new Error(`${name} names facts that are not there`);
      factsObjects.add(entry.factsObject.path);
      entry.facts = JSON.parse(bytes.toString()) as RawFact[];
    }
    for (const fact of entry.facts) apply(keys, fact, entry.sequence);
    entries.push(entry);
  }
  return { entries, keys, factsObjects };
}

/** In flight attempts, so that `published` knows what it replaced. */
const inFlight = new WeakMap<ToldKey, RawFact>();

function apply(keys: Map<string, ToldKey>, fact: RawFact, sequence: number): void {
  const told: ToldKey = keys.get(fact.key) ?? {
    phase: 'stable',
    attempt: null,
    files: [],
    foreign: [],
    kept: new Map(),
    withdrawn: [],
    outcomes: [],
    ended: 0,
  };
  keys.set(fact.key, told);
  const next = MOVES[told.phase][fact.fact];
  if (next === undefined)
    throw new Error(`entry ${sequence} says ${fact.fact} of ${fact.key}, which is ${told.phase}`);
  const started = inFlight.get(told);
  const belongsToAttempt = ['cleaning', 'aborting', 'published', 'withdrawn'].includes(fact.fact);
  if (belongsToAttempt && told.attempt !== fact.attempt)
    throw new Error(
      `entry ${sequence} moves ${fact.key} by ${fact.attempt}, but ${told.attempt} is in flight`,
    );
  if (fact.fact === 'published' && told.phase === 'promoting' && started!.remove!.length > 0)
    throw new Error(`entry ${sequence} publishes ${fact.key} over old files without cleaning`);
  told.phase = next;
  switch (fact.fact) {
    case 'promoting':
      told.attempt = fact.attempt;
      inFlight.set(told, fact);
      break;
    case 'published':
      if (started!.retained)
        told.kept.set(sequence, {
          prefix: started!.retained,
          names: started!.remove!.map((file) => file.name),
        });
      told.files = fact.files!;
      told.foreign = fact.foreign!;
      told.attempt = null;
      told.outcomes.push(`published ${fact.attempt}`);
      break;
    case 'withdrawn':
      told.attempt = null;
      told.withdrawn.push(...fact.revoked!);
      told.outcomes.push(`withdrawn ${fact.attempt}`);
      break;
    case 'adopted':
      told.files = fact.files!;
      break;
    case 'retained-dropped':
      for (const dropped of fact.sequences!) told.kept.delete(dropped);
      break;
    case 'ended':
      told.ended += 1;
      break;
  }
}

/** What a reader of the partition finds: data files by name relative to it, hidden ones left out. */
export function dataFiles(objects: Objects, prefix: string): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  for (const [name, bytes] of objects) {
    if (!name.startsWith(prefix)) continue;
    const relative = name.slice(prefix.length);
    if (relative.split('/').every((segment) => !/^[._]/.test(segment))) files.set(relative, bytes);
  }
  return files;
}

export function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Attempts that a run began at a key, and whether the journal says that they were published. */
export function attemptsOf(told: Told, run: string, key: string): { attempt: string; published: boolean }[] {
  const begun = told.entries
    .filter((entry) => entry.run === run)
    .flatMap((entry) => entry.facts.filter((fact) => fact.fact === 'promoting' && fact.key === key));
  const outcomes = told.keys.get(key)?.outcomes ?? [];
  return begun.map(({ attempt }) => ({ attempt, published: outcomes.includes(`published ${attempt}`) }));
}
