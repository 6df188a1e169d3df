/** Random calls on a store, each compared with what a plain map would say. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  listAll,
  type ObjectStore,
  type PreparedUpload,
  type PutMode,
} from '../../src/store/object-store.js';
import { bytes, readText, requestFor, type StoreFixture } from './conformance.js';

interface Version {
  readonly text: string;
  readonly etag: string;
}

/** Calls pick paths and earlier versions by number, so that a shrunk failure stays readable. */
type Operation =
  | { readonly kind: 'put'; readonly path: number; readonly mode: PutMode['kind']; readonly version: number }
  | {
      readonly kind: 'delete';
      readonly path: number;
      readonly version: number | null;
      readonly move: boolean;
    }
  | { readonly kind: 'copy'; readonly path: number; readonly version: number }
  | { readonly kind: 'prepare'; readonly path: number; readonly to: number; readonly version: number }
  | { readonly kind: 'complete' | 'abort'; readonly upload: number }
  | { readonly kind: 'list'; readonly after: number };

const NAMES = ['a', 'a-b', 'b/a', 'b/a0', 'b/c/d', 'b0'];
const path = fc.nat(NAMES.length - 1);
const version = fc.nat(5);
const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('put' as const),
      path,
      mode: fc.constantFrom('create' as const, 'overwrite' as const, 'update' as const),
      version,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('delete' as const),
      path,
      version: fc.option(version),
      move: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('copy' as const), path, version }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('prepare' as const), path, to: path, version }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom('complete' as const, 'abort' as const), upload: fc.nat(3) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('list' as const), after: path }) },
);

export interface ModelOptions {
  readonly runs: number;
  /** put `update` is made, too: the store compares. */
  readonly update: boolean;
}

/** For stores with `atomicMove` that keep prepared uploads until they end. */
export function modelTest(name: string, makeStore: () => Promise<StoreFixture>, options: ModelOptions): void {
  it(`${name} does what a map does`, { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 30 }), async (operations) => {
        const fixture = await makeStore();
        try {
          const model = new Model(fixture.store, fixture.prefix);
          for (const step of operations) {
            if (step.kind === 'put' && step.mode === 'update' && !options.update) continue;
            await model.run(step);
          }
          await model.compare();
        } finally {
          await fixture.cleanup?.();
        }
      }),
      { numRuns: options.runs },
    );
  });
}

class Model {
  private readonly objects = new Map<string, Version>();
  /** Etags seen at each path, oldest first. */
  private readonly seen = new Map<string, string[]>();
  private readonly uploads: (PreparedUpload & { text: string; open: boolean })[] = [];
  private count = 0;

  constructor(
    private readonly store: ObjectStore,
    private readonly prefix: string,
  ) {}

  async run(step: Operation): Promise<void> {
    switch (step.kind) {
      case 'put':
        return this.put(this.path(step.path), step.mode, step.version);
      case 'delete':
        return this.delete(this.path(step.path), step.version, step.move);
      case 'copy':
        return this.copy(this.path(step.path), step.version);
      case 'prepare':
        return this.prepare(this.path(step.path), this.path(step.to), step.version);
      case 'complete':
      case 'abort':
        return this.end(step.kind, step.upload);
      case 'list':
        return this.list(this.path(step.after));
    }
  }

  async compare(): Promise<void> {
    const stored: Record<string, string | null> = {};
    for (const object of await listAll(this.store, this.prefix)) {
      stored[object.path] = await readText(this.store, object.path);
      expect(object.etag).toBe(this.objects.get(object.path)?.etag);
    }
    const wanted = Object.fromEntries([...this.objects].map(([key, value]) => [key, value.text]));
    expect(stored).toEqual(wanted);
    const prepared = await this.store.listPrepared(this.prefix, `${this.prefix}prepared/`);
    const open = this.uploads.filter((upload) => upload.open).map((upload) => upload.id);
    expect(prepared.map((upload) => upload.id).sort()).toEqual(open.sort());
  }

  private async put(at: string, mode: PutMode['kind'], version: number): Promise<void> {
    const there = this.objects.get(at);
    const etag = this.etag(at, version);
    const text = this.newText();
    const result = await this.store.put(
      at,
      bytes(text),
      mode === 'update' ? { kind: mode, etag } : { kind: mode },
    );
    const holds = mode === 'overwrite' || (mode === 'create' ? !there : there?.etag === etag);
    expect(result.outcome).toBe(holds ? 'done' : 'lost');
    if (result.outcome === 'done') this.write(at, text, result.object.etag);
  }

  private async delete(at: string, version: number | null, move: boolean): Promise<void> {
    const there = this.objects.get(at);
    const etag = version === null ? null : this.etag(at, version);
    const moveTo = `${this.prefix}kept/${++this.count}`;
    const [result] = await this.store.delete([{ path: at, etag, ...(move ? { moveTo } : {}) }]);
    expect(result!.outcome).toBe(
      !there ? 'absent' : etag !== null && etag !== there.etag ? 'changed' : 'deleted',
    );
    if (result!.outcome !== 'deleted') return;
    this.objects.delete(at);
    if (move) this.objects.set(moveTo, { text: there!.text, etag: (await this.store.head(moveTo))!.etag });
  }

  private async copy(at: string, version: number): Promise<void> {
    const there = this.objects.get(at);
    const etag = this.etag(at, version);
    const to = `${this.prefix}copies/${++this.count}`;
    const result = await this.store.copy(at, etag, to);
    expect(result.outcome).toBe(!there ? 'absent' : there.etag === etag ? 'done' : 'lost');
    if (result.outcome === 'done') this.write(to, there!.text, result.object.etag);
  }

  private async prepare(at: string, to: string, version: number): Promise<void> {
    const there = this.objects.get(at);
    const sourceEtag = this.etag(at, version);
    const text = there?.text ?? '';
    const staged = { path: at, size: text.length, etag: sourceEtag, lastModified: 0 };
    const result = await this.store.prepare(requestFor(staged, to, this.prefix, text));
    expect(result.outcome).toBe(!there ? 'absent' : there.etag === sourceEtag ? 'done' : 'changed');
    if (result.outcome === 'done') this.uploads.push({ ...result.upload, text, open: true });
  }

  private async end(kind: 'complete' | 'abort', index: number): Promise<void> {
    const upload = this.uploads[index];
    if (!upload) return;
    const result = await this.store[kind](upload);
    const done = kind === 'complete' ? 'done' : 'aborted';
    expect(result.outcome).toBe(upload.open ? done : 'gone');
    upload.open = false;
    if (result.outcome === 'done') this.write(upload.path, upload.text, result.etag);
  }

  private async list(after: string): Promise<void> {
    const listed = (await listAll(this.store, this.prefix, { after })).map((object) => object.path);
    const wanted = [...this.objects.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(listed).toEqual(wanted.filter((key) => Buffer.compare(Buffer.from(key), Buffer.from(after)) > 0));
  }

  private write(at: string, text: string, etag: string): void {
    const before = this.objects.get(at);
    // A linked file keeps its version wherever it goes; other bytes never have the version of those before them.
    if (before && before.text !== text) expect(etag).not.toBe(before.etag);
    this.objects.set(at, { text, etag });
    this.seen.set(at, [...(this.seen.get(at) ?? []), etag]);
  }

  /** 0 is the version there now, 1 the one before, and so on; an etag of nothing when there were not so many. */
  private etag(at: string, version: number): string {
    const now = this.objects.get(at)?.etag;
    return (version === 0 ? now : this.seen.get(at)?.at(-1 - version)) ?? 'never-seen';
  }

  private newText(): string {
    return `text ${++this.count}`;
  }

  private path(index: number): string {
    return this.prefix + NAMES[index]!;
  }
}
