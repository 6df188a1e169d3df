/**
 * Leases: which keys a live run works on. They save work and decide nothing (the journal does); so everything here
 * is best effort except reading, whose failures are the store's.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { z } from 'zod';
import type { Clock } from '../clock.js';
import { randomId } from '../core/id.js';
import { formatInstant } from '../core/instant.js';
import { listAll } from '../store/object-store.js';
import type { CallOptions, ObjectStore } from '../store/object-store.js';
import { encodeJson } from './codec.js';
import type { ControlPaths } from './control.js';

export const LEASE_FORMAT = 'lakefill.lease/1';
const RENEW_EVERY_MS = 30_000;
const ALIVE_FOR_MS = 300_000;
/** At least this long between two writes that say what is worked on: each of them names every key of the run. */
const CHANGES_EVERY_MS = 1000;

export interface LeaseContent {
  readonly format: typeof LEASE_FORMAT;
  readonly run: string;
  readonly nonce: string;
  readonly at: string;
  readonly by: string;
  /** Machine, boot and process namespace: two processes with the same value can see each other's pid. */
  readonly machine: string;
  readonly pid: number;
  /** Start of the process in clock ticks since boot, so that a reused pid is told apart; null where unknown. */
  readonly started: string | null;
  /** Keys that the run will work on. */
  readonly keys: readonly string[];
  /** Keys that it works on now, with the digest of definition and inputs that it tries (for `tried-before`). */
  readonly working: readonly { readonly key: string; readonly tried: string }[];
}

const leaseShape = z.object({
  format: z.literal(LEASE_FORMAT),
  run: z.string(),
  nonce: z.string(),
  at: z.string(),
  by: z.string(),
  machine: z.string(),
  pid: z.int().positive(),
  started: z.string().nullable(),
  keys: z.array(z.string()),
  working: z.array(z.object({ key: z.string(), tried: z.string() })),
}) satisfies z.ZodType<LeaseContent>;

export interface FoundLease {
  readonly content: LeaseContent;
  readonly path: string;
  readonly alive: boolean;
}

export interface LeaseOptions {
  readonly store: ObjectStore;
  readonly control: ControlPaths;
  readonly clock: Clock;
  readonly run: string;
  readonly by: string;
  readonly keys: readonly string[];
}

/** The lease of this process's run. */
export class Lease {
  private readonly working = new Map<string, string>();
  private timer: NodeJS.Timeout | null = null;
  private writing: Promise<void> = Promise.resolve();
  /** The next write; changes until then share it. */
  private next: NodeJS.Timeout | null = null;
  private changedAt = -Infinity;
  /** Between `take` and `release`; a dry run never takes its lease, and then nothing of it is written. */
  private held = false;

  constructor(private readonly options: LeaseOptions) {}

  /** Writes the lease and keeps it alive until `release`. Throws the store's error: a target that cannot be written is found here. */
  async take(): Promise<void> {
    this.held = true;
    await this.write();
    this.timer = setInterval(() => this.touch(), RENEW_EVERY_MS);
    this.timer.unref();
  }

  /** Says that work on the key begins or ends. Best effort, not awaited: several changes share one write. */
  begin(key: string, tried: string): void {
    this.working.set(key, tried);
    this.touch();
  }

  end(key: string): void {
    this.working.delete(key);
    this.touch();
  }

  /** Best effort: a lease left behind dies by itself. One that cannot be deleted is left without keys. */
  async release(): Promise<void> {
    if (!this.held) return;
    if (this.timer) clearInterval(this.timer);
    if (this.next) clearTimeout(this.next);
    this.held = false;
    await this.writing;
    const { store } = this.options;
    this.working.clear();
    await store
      .delete([{ path: this.path, etag: null }])
      .catch(() => this.write([]))
      .catch(() => undefined);
  }

  private get path(): string {
    return `${this.options.control.leases}${this.options.run}.json`;
  }

  private touch(): void {
    if (this.next !== null || !this.held) return;
    const wait = Math.max(0, this.changedAt + CHANGES_EVERY_MS - this.options.clock.monotonic());
    this.next = setTimeout(() => {
      this.next = null;
      this.changedAt = this.options.clock.monotonic();
      this.writing = this.writing.then(async () => {
        if (this.held) await this.write().catch(() => undefined);
      });
    }, wait);
    this.next.unref();
  }

  private async write(keys: readonly string[] = this.options.keys): Promise<void> {
    const { store, clock, run, by } = this.options;
    const content: LeaseContent = {
      format: LEASE_FORMAT,
      run,
      nonce: randomId(),
      at: formatInstant(clock.now()),
      by,
      machine: machineId(),
      pid: process.pid,
      started: processStart(process.pid),
      keys,
      working: [...this.working].map(([key, tried]) => ({ key, tried })),
    };
    await store.put(this.path, { bytes: encodeJson(content) }, { kind: 'overwrite' });
  }
}

/**
 * Every lease of the dataset (except that of a run of our own), with whether its run lives. One that cannot be read (a newer
 * version wrote it, or a write was cut short) names no keys and lives by its age alone.
 */
export async function readLeases(
  store: ObjectStore,
  control: ControlPaths,
  { except, ...options }: CallOptions & { readonly except?: string } = {},
): Promise<FoundLease[]> {
  const listed = await listAll(store, control.leases, options);
  const found = listed.map(async ({ path }): Promise<FoundLease[]> => {
    const run = path.slice(control.leases.length).replace(/\.json$/, '');
    const got = run === except ? null : await store.get(path, options);
    if (got?.outcome !== 'found') return [];
    const content = parseLease(got.bytes) ?? unreadable(run);
    return [{ content, path, alive: got.age < ALIVE_FOR_MS && !isKnownDead(content) }];
  });
  return (await Promise.all(found)).flat();
}

function unreadable(run: string): LeaseContent {
  return {
    format: LEASE_FORMAT,
    run,
    nonce: '',
    at: '',
    by: '',
    machine: '',
    pid: 0,
    started: null,
    keys: [],
    working: [],
  };
}

/** Runs that are not over. */
export function liveRuns(leases: readonly FoundLease[]): Set<string> {
  return new Set(leases.filter(({ alive }) => alive).map(({ content }) => content.run));
}

/** Run of the live lease that names each key. */
export function liveKeys(leases: readonly FoundLease[], exceptRun?: string): Map<string, { run: string }> {
  const keys = new Map<string, { run: string }>();
  for (const { content, alive } of leases) {
    if (!alive || content.run === exceptRun) continue;
    for (const key of content.keys) keys.set(key, { run: content.run });
  }
  return keys;
}

function parseLease(bytes: Uint8Array): LeaseContent | null {
  try {
    return leaseShape.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return null;
  }
}

/** True only when the process is one of this machine and namespace and does not exist any more. */
function isKnownDead(lease: LeaseContent): boolean {
  if (lease.machine !== machineId()) return false;
  try {
    process.kill(lease.pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
  return lease.started !== null && processStart(lease.pid) !== lease.started;
}

let machine: string | null = null;

function machineId(): string {
  machine ??= [
    hostname(),
    readOr(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    readOr(() => readlinkSync('/proc/self/ns/pid')),
  ].join(' ');
  return machine;
}

/** Field 22 of /proc/<pid>/stat (proc(5)); the command name before it may hold spaces and parentheses. */
function processStart(pid: number): string | null {
  const stat = readOr(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
}

function readOr(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
