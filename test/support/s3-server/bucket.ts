/** One bucket: versions by key, uploads in progress, and simulated keys that exist without taking memory. */
import { randomUUID } from 'node:crypto';
import { sparseContent } from './content.js';
import type { StoredObject, Upload } from './types.js';

/** Order of UTF-8 bytes, which is not the order of UTF-16 units. */
export function compareKeys(a: string, b: string): number {
  return /[\ud800-\udfff]/.test(a) || /[\ud800-\udfff]/.test(b)
    ? Buffer.compare(Buffer.from(a), Buffer.from(b))
    : a < b
      ? -1
      : a > b
        ? 1
        : 0;
}

export interface Version {
  readonly versionId: string;
  /** null: a delete marker. */
  readonly object: StoredObject | null;
  readonly lastModified: number;
}

/** `count` keys in ascending order, made up when asked for. */
export interface Simulation {
  readonly count: number;
  keyAt(index: number): string;
  readonly size: number;
}

export class Bucket {
  readonly uploads = new Map<string, Upload>();
  /** Ids of finished uploads, and whether they ended completed. */
  readonly finished = new Map<string, 'completed' | 'aborted'>();
  versioning: 'Enabled' | 'Suspended' | null = null;
  lifecycle: string | null = null;
  /** The answer to GetObjectLockConfiguration; null: Object Lock is off. */
  objectLock: string | null = null;
  /** Keys whose versions a retention or a legal hold keeps. */
  locked: (key: string) => boolean = () => false;
  private readonly versions = new Map<string, Version[]>();
  private sorted: string[] | null = [];
  private simulation: Simulation | null = null;

  constructor(
    readonly name: string,
    readonly region: string,
  ) {}

  simulate(simulation: Simulation): void {
    this.simulation = simulation;
  }

  /** What is there now, to come back to: call what it gives, as often as needed. */
  remember(): () => void {
    const versions = new Map(this.versions);
    const finished = new Map(this.finished);
    const uploads = [...this.uploads.values()].map((upload) => ({ ...upload, parts: new Map(upload.parts) }));
    return () => {
      this.versions.clear();
      this.uploads.clear();
      this.finished.clear();
      this.sorted = null;
      for (const [key, list] of versions) this.versions.set(key, list);
      for (const [id, how] of finished) this.finished.set(id, how);
      for (const upload of uploads) this.uploads.set(upload.id, { ...upload, parts: new Map(upload.parts) });
    };
  }

  current(key: string): StoredObject | null {
    const list = this.versions.get(key);
    if (list) return list.at(-1)!.object;
    const index = this.simulation ? lowerBound(this.simulation, key) : -1;
    return this.simulation && this.simulation.keyAt(index) === key ? this.simulated(key) : null;
  }

  version(key: string, id: string): Version | null {
    return this.versions.get(key)?.find((v) => v.versionId === id) ?? null;
  }

  /** All versions of a key, oldest first. */
  history(key: string): readonly Version[] {
    return this.versions.get(key) ?? [];
  }

  newVersionId(): string {
    return this.versioning === 'Enabled' ? randomUUID() : 'null';
  }

  put(key: string, object: StoredObject): void {
    this.append(key, { versionId: object.versionId, object, lastModified: object.lastModified });
  }

  /** Deletes the current version; with versioning, puts a delete marker over it. Returns the marker's id. */
  remove(key: string, now: number): string | null {
    if (this.versioning === null) {
      this.versions.delete(key);
      this.sorted = null;
      return null;
    }
    const versionId = this.newVersionId();
    this.append(key, { versionId, object: null, lastModified: now });
    return versionId;
  }

  removeVersion(key: string, id: string): void {
    const left = this.history(key).filter((v) => v.versionId !== id);
    if (left.length > 0) this.versions.set(key, left);
    else this.versions.delete(key);
    this.sorted = null;
  }

  /** Keys that have any version, ascending. */
  keys(): readonly string[] {
    return (this.sorted ??= [...this.versions.keys()].sort(compareKeys));
  }

  /** Current objects from the first key not before `from`; `seek` skips ahead. */
  *objects(from: string): Generator<[string, StoredObject], void, string | undefined> {
    const real = this.keys();
    const simulation = this.simulation ?? { count: 0, keyAt: () => '', size: 0 };
    const source = { count: real.length, keyAt: (i: number) => real[i]! };
    let i = lowerBound(source, from);
    let j = lowerBound(simulation, from);
    while (i < real.length || j < simulation.count) {
      const made = j < simulation.count ? simulation.keyAt(j) : null;
      const fromReal = i < real.length && (made === null || compareKeys(real[i]!, made) <= 0);
      const key = fromReal ? real[i]! : made!;
      const object = fromReal ? this.current(key) : this.simulated(key);
      const seek = object ? yield [key, object] : undefined;
      if (seek !== undefined) {
        i = lowerBound(source, seek);
        j = lowerBound(simulation, seek);
      } else if (fromReal) i += 1;
      else j += 1;
    }
  }

  private append(key: string, version: Version): void {
    const before = this.versions.get(key);
    if (!before) this.sorted = null;
    const kept = (before ?? []).filter((v) => v.versionId !== version.versionId);
    this.versions.set(key, [...kept, version]);
  }

  private simulated(key: string): StoredObject {
    const content = sparseContent(this.simulation!.size);
    return {
      versionId: 'null',
      etag: '"d41d8cd98f00b204e9800998ecf8427e"',
      content,
      lastModified: Date.UTC(2025, 0, 1),
      attributes: { 'x-amz-meta-simulated': key.slice(-8) },
      tags: '',
      checksum: null,
    };
  }
}

/** Index of the first key not before `key`. */
function lowerBound(source: { count: number; keyAt(i: number): string }, key: string): number {
  let low = 0;
  let high = source.count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareKeys(source.keyAt(middle), key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
