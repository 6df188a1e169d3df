/**
 * One writer's view of a dataset's journal: the fold so far, and append with group commit.
 *
 * Facts that are submitted while an append is on its way share the next entry. An entry is put if absent at the next
 * number; losing that number to an entry that does not touch our keys is not a conflict. The rules are in
 * docs/publication.md, "Append". A submission that was refused changed nothing.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../clock.js';
import { isLakefillError, LakefillError } from '../core/errors.js';
import { randomId } from '../core/id.js';
import { formatInstant } from '../core/instant.js';
import { sha256 } from '../core/digest.js';
import type { ObjectStore } from '../store/object-store.js';
import { encodeCheckpoint, encodeEntry, encodeJson, INLINE_FACTS_BYTES } from './codec.js';
import type { StoredEntry } from './codec.js';
import type { ControlPaths } from './control.js';
import type { Fact, JournalEntry, JournalState, KeyState } from './entry.js';
import { ENTRY_FORMAT } from './entry.js';
import { foldInto, keyState, layOver } from './fold.js';
import { readEntry, readJournal } from './read.js';

/** An append gives up after this long: the state of the key stays as it is. */
const APPEND_LIMIT_MS = 60_000;
const FIRST_WAIT_MS = 20;
const LONGEST_WAIT_MS = 2_000;
/** A checkpoint is written about every this many entries. */
const CHECKPOINT_EVERY = 64;

export type Submitted =
  | { readonly outcome: 'recorded'; readonly sequence: number }
  /** Some fact no longer fits; none of the submission was written. `why` is in words. */
  | { readonly outcome: 'refused'; readonly key: string; readonly why: string };

export interface JournalOptions {
  readonly store: ObjectStore;
  readonly control: ControlPaths;
  readonly clock: Clock;
  readonly run: string;
  /** `user@host`. */
  readonly by: string;
  /** Name of the dataset that is written, for its entries. */
  readonly dataset?: string;
}

interface Submission {
  readonly facts: readonly Fact[];
  readonly resolve: (result: Submitted) => void;
  readonly reject: (error: unknown) => void;
}

type PutOutcome = 'ours' | 'taken';

export class Journal {
  private keys = new Map<string, KeyState>();
  private sequence = 0;
  private queue: Submission[] = [];
  private writing: Promise<void> | null = null;
  private lastCheckpoint = 0;

  private constructor(private readonly options: JournalOptions) {}

  /** Reads the whole journal, unless somebody is `reading` it. Throws JOURNAL_CORRUPT or the store's error. */
  static async open(
    options: JournalOptions,
    reading: Promise<JournalState> = readJournal(options.store, options.control),
  ): Promise<Journal> {
    const journal = new Journal(options);
    await journal.moveOnTo(await reading);
    // Whoever passes a multiple writes the checkpoint, so that runs of a few entries each get one as well.
    journal.lastCheckpoint = journal.sequence - (journal.sequence % CHECKPOINT_EVERY);
    return journal;
  }

  /** The fold of every entry seen so far. */
  get state(): JournalState {
    return { sequence: this.sequence, keys: this.keys };
  }

  key(key: string): KeyState {
    return keyState(this.state, key);
  }

  /**
   * Folds what others appended meanwhile, and makes it durable: a writer that died may not have come to that, and what is done
   * next rests on it. From a copy: an append of ours may move the live map on while we read.
   */
  async refresh(): Promise<JournalState> {
    const fresh = await readJournal(
      this.options.store,
      this.options.control,
      this.sequence > 0 ? { sequence: this.sequence, keys: new Map(this.keys) } : undefined,
    );
    await this.moveOnTo(fresh);
    return this.state;
  }

  private async moveOnTo(fresh: JournalState): Promise<void> {
    if (fresh.sequence > this.sequence) {
      await this.options.store.folders?.flush(this.options.control.journal);
    }
    // Once more: an append of ours may have moved it on while the folder was flushed.
    if (fresh.sequence > this.sequence) {
      this.keys = fresh.keys as Map<string, KeyState>;
      this.sequence = fresh.sequence;
    }
  }

  /**
   * Records the facts in one entry, all or none. Concurrent submissions may share an entry and are judged one by one.
   * Throws JOURNAL_CONTENDED after a minute of lost races or unknown results; the entry may then still exist, and a
   * later `recover` acts on whatever is there. Not cancellable: once begun, its result must be known.
   */
  submit(facts: readonly Fact[]): Promise<Submitted> {
    return new Promise((resolve, reject) => {
      this.queue.push({ facts, resolve, reject });
      this.writing ??= this.drain();
    });
  }

  private async drain(): Promise<void> {
    await nextTurn(); // let submissions of the same turn join
    while (this.queue.length > 0) {
      const group = this.queue;
      this.queue = [];
      try {
        await this.append(group);
      } catch (error) {
        for (const submission of group) submission.reject(error);
      }
      await this.maybeCheckpoint();
    }
    this.writing = null; // in the same step as the look at the queue: a submission in between would wait for ever
  }

  private async append(group: Submission[]): Promise<void> {
    const { clock, run, by, dataset, control } = this.options;
    const deadline = clock.monotonic() + APPEND_LIMIT_MS;
    const nonce = randomId();
    let waiting = group;
    for (let tries = 0; ; tries++) {
      const sequence = this.sequence + 1;
      const at = formatInstant(clock.now());
      waiting = this.refuseMisfits(waiting, { sequence, run, at, dataset });
      if (waiting.length === 0) return;
      const entry: JournalEntry = {
        format: ENTRY_FORMAT,
        sequence,
        run,
        at,
        by,
        ...(dataset === undefined ? {} : { dataset }),
        nonce,
        facts: waiting.flatMap((s) => s.facts),
      };
      const stored = await this.encode(entry, `${nonce}-${tries}`);
      if ((await this.put(control.entry(sequence), sequence, nonce, stored, deadline)) === 'ours') {
        // A refresh that ran meanwhile may have read our entry already.
        if (this.sequence < sequence) {
          foldInto(this.keys, this.sequence, entry);
          this.sequence = sequence;
        }
        for (const submission of waiting) submission.resolve({ outcome: 'recorded', sequence });
        return;
      }
      await this.refresh();
      await this.pause(tries, deadline);
    }
  }

  /** Settles the submissions that do not fit the state any more and gives back the others. */
  private refuseMisfits(
    group: readonly Submission[],
    stamp: Pick<JournalEntry, 'sequence' | 'run' | 'at' | 'dataset'>,
  ): Submission[] {
    const fitting: Submission[] = [];
    const overlay = new Map<string, KeyState>();
    for (const submission of group) {
      const wrong = layOver(overlay, this.state, submission.facts, stamp);
      if (wrong === null) fitting.push(submission);
      else submission.resolve({ outcome: 'refused', ...wrong });
    }
    return fitting;
  }

  private async encode(entry: JournalEntry, name: string): Promise<Uint8Array> {
    const facts = encodeJson(entry.facts);
    if (facts.length <= INLINE_FACTS_BYTES) return encodeEntry(entry);
    const path = `${this.options.control.facts}${name}.json`;
    await this.options.store.put(path, { bytes: facts }, { kind: 'overwrite' });
    const stored: StoredEntry = {
      ...entry,
      facts: [],
      factsObject: { path, size: facts.length, sha256: sha256(facts) },
    };
    return encodeEntry(stored);
  }

  /** Puts the same bytes at the same number until that number is occupied, by us or by another. */
  private async put(
    path: string,
    sequence: number,
    nonce: string,
    bytes: Uint8Array,
    deadline: number,
  ): Promise<PutOutcome> {
    for (let tries = 0; ; tries++) {
      try {
        const result = await this.options.store.put(path, { bytes }, { kind: 'create' });
        if (result.outcome === 'done') return 'ours';
        const there = await readEntry(this.options.store, this.options.control, sequence);
        if (there !== null) return there.nonce === nonce ? 'ours' : 'taken';
      } catch (error) {
        // The result is unknown (or a racing write was reported): only a read or another put tells.
        if (!isLakefillError(error) || !error.retryable) throw error;
        if (this.options.clock.monotonic() > deadline) throw contended(path, error);
      }
      await this.pause(tries, deadline);
    }
  }

  private async pause(tries: number, deadline: number): Promise<void> {
    if (this.options.clock.monotonic() > deadline) throw contended(this.options.control.journal);
    const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(tries, 10));
    await this.options.clock.sleep(Math.random() * longest);
  }

  /** Best effort: readers fold entries when there is no checkpoint. */
  private async maybeCheckpoint(): Promise<void> {
    if (this.sequence - this.lastCheckpoint < CHECKPOINT_EVERY) return;
    this.lastCheckpoint = this.sequence;
    const { store, control } = this.options;
    await store
      .put(control.checkpoint(this.sequence), { bytes: encodeCheckpoint(this.state) }, { kind: 'create' })
      .catch(() => undefined);
  }
}

function contended(path: string, cause?: unknown): LakefillError {
  return new LakefillError(
    'JOURNAL_CONTENDED',
    `No entry could be added to ${path} within ${APPEND_LIMIT_MS / 1000} s. The partition stays in the phase it was in.`,
    {
      hint: "Run 'lakefill recover' once the store answers again.",
      context: { path },
      cause,
    },
  );
}
