/**
 * Scans one dataset: gathers the facts of every key that is wanted and has the table judge them. Reads only.
 * Statuses are pure (status-table.ts); what is listed, and in which order, is here.
 */
import type { Fingerprint } from '../core/fingerprint.js';
import type { Instant } from '../core/instant.js';
import { shownLocation } from '../core/location.js';
import { partitionPrefix } from '../core/layout.js';
import type { PartitionKey } from '../core/partition-key.js';
import type { Dataset } from '../dataset/dataset.js';
import { expectedKeys } from '../dataset/expected-keys.js';
import type { KeyState } from '../journal/entry.js';
import { discover } from '../source/discover.js';
import type { ListingCache } from '../source/listing-cache.js';
import type { CallOptions, ObjectStore } from '../store/object-store.js';
import { candidatesOf } from './candidates.js';
import type { Candidate } from './candidates.js';
import type { DatasetScan, ScannedKey } from './dataset-scan.js';
import { proveContent } from './content-proof.js';
import type { ContentFindings } from './content-proof.js';
import { compareDefinition } from './definition-comparison.js';
import type { DefinitionComparison, TreeOf } from './definition-comparison.js';
import { noValueNotes, undiscoveredReason, unfitNotes, unwritableNotes } from './discovered-keys.js';
import { judgeFiles } from './footers.js';
import type { FileFindings } from './footers.js';
import { isManaged } from './journal-comparison.js';
import { whyHidden } from './inventory.js';
import type { JournalReader } from './journal-reader.js';
import type { KeyFacts } from './key-facts.js';
import { lostJournal } from './lost-journal.js';
import { observeTarget } from './observe-target.js';
import type { TargetView } from './observe-target.js';
import { scanInputs } from './scan-inputs.js';
import type { ScannedInputs } from './scan-inputs.js';
import type { Reason } from './status.js';
import { statusOf } from './status-table.js';
import { copyNotes, hiddenNotes, lostNotes, strayNotes, writerNotes } from './target-notes.js';
import { listed } from './words.js';

export interface ScanRequest extends CallOptions {
  readonly dataset: Dataset;
  /** The dataset of this name, null when the project has none. */
  readonly datasetNamed: (name: string) => Dataset | null;
  /** The store of a location. */
  readonly stores: (url: string) => ObjectStore;
  readonly journals: (dataset: Dataset) => JournalReader;
  /** Of this command. */
  readonly cache: ListingCache;
  readonly now: Instant;
  /** Keys to judge; default: all. The target is listed whole in any case: other spellings must be seen. */
  readonly wanted?: (partition: PartitionKey) => boolean;
  /** Also read the footer of every target file, and on stores with folders compare every recorded SHA-256. */
  readonly deep?: boolean;
  readonly treeOf: TreeOf;
}

interface Gathered {
  readonly dataset: Dataset;
  readonly now: Instant;
  readonly view: TargetView;
  /** Why nothing can be said of any key; null when it can. */
  readonly failure: Reason | null;
  readonly inputs: ScannedInputs;
  readonly content: ContentFindings;
  readonly files: FileFindings;
  readonly definition: DefinitionComparison;
}

/** Statuses of the wanted keys. Store and journal failures become `unknown`; cancellation and engine failures are thrown. */
export async function scanDataset(request: ScanRequest): Promise<DatasetScan> {
  const { dataset, now, stores, journals, cache } = request;
  const store = stores(dataset.layout.root.store);
  const view = await observeTarget({ dataset, store, journal: journals(dataset), cache, now });
  const discovery = await discover({ dataset, stores, cache, journal: view.journal });
  const expected = expectedKeys(dataset, now, discovery?.values);
  const candidates = candidatesOf(dataset, view, now, expected, request.wanted);
  const unknown = undiscoveredReason(dataset, discovery);
  const undiscovered = candidates.length === 0 ? unknown : null;
  const failure = view.failure ?? unknown;
  const judged = failure === null ? candidates.filter((candidate) => candidate.judged) : [];
  const inputs = await scanInputs({ ...request, partitions: judged.map((c) => c.partition) });
  const steady = judged
    .filter((candidate) => isSteady(candidate, view))
    .map((candidate) => ({
      objects: candidate.objects,
      state: view.journal?.keys.get(candidate.partition.key) ?? null,
      prefix: partitionPrefix(dataset.layout, candidate.partition.key),
    }));
  const content = await proveContent(store, steady, request);
  const files = await judgeFiles(
    store,
    steady.map((key) => ({ ...key, content: content.content })),
    request,
  );
  const definition = await compareDefinition(dataset, recordedBy(view, judged), request.treeOf);
  const lost =
    view.failure === null && view.journal ? lostJournal(dataset, view.inventory, view.journal) : null;
  const gathered = { dataset, now, view, failure, inputs, content, files, definition };
  return {
    dataset,
    asOf: now,
    keys: candidates.map((candidate) => scannedKey(candidate, gathered)),
    journalSequence: view.journal?.sequence ?? 0,
    definition: definition.fingerprint,
    tableFormat: view.inventory.tableFormat,
    lost,
    undiscovered,
    upstreams: inputs.upstreams,
    notes: [
      ...lostNotes(dataset, lost),
      ...view.notes,
      ...strayNotes(store, view),
      ...hiddenNotes(dataset, view, candidates),
      ...copyNotes(steady, content),
      ...writerNotes(dataset, statesOf(view, judged), definition.fingerprint),
      ...(undiscovered === null ? [] : [undiscovered]),
      ...unwritableNotes(discovery),
      ...unfitNotes(discovery),
      ...noValueNotes(discovery),
    ],
  };
}

function isSteady({ partition }: Candidate, { journal, moved }: TargetView): boolean {
  return !moved.has(partition.key) && (journal?.keys.get(partition.key)?.phase ?? 'stable') === 'stable';
}

function statesOf({ journal }: TargetView, judged: readonly Candidate[]): (KeyState | null)[] {
  return judged.map(({ partition }) => journal?.keys.get(partition.key) ?? null);
}

function recordedBy(view: TargetView, judged: readonly Candidate[]): Fingerprint[] {
  return statesOf(view, judged).flatMap((state) => state?.record?.definition ?? []);
}

function scannedKey(candidate: Candidate, gathered: Gathered): ScannedKey {
  const facts = factsOf(candidate, gathered);
  const { status, reasons, notes } = statusOf(facts);
  const { partition, due, objects } = candidate;
  const records = facts.inputs.flatMap((input) => input.record ?? []);
  return {
    partition,
    due,
    status,
    reasons,
    notes,
    managed: isManaged(facts),
    objects,
    inputs: facts.inputs.length > records.length || !isJudged(candidate, gathered) ? null : records,
    state: facts.state,
    inputStates: facts.inputs,
    prefix: facts.prefix,
    liveRun: facts.liveRun,
    rows: rowsOf(facts, gathered.files),
  };
}

function isJudged({ judged }: Candidate, { failure }: Gathered): boolean {
  return judged && failure === null;
}

function factsOf(candidate: Candidate, gathered: Gathered): KeyFacts {
  const { dataset, now, view, inputs, content, files, definition } = gathered;
  const { partition, due, objects } = candidate;
  const { key } = partition;
  const { root } = dataset.layout;
  const prefix = partitionPrefix(dataset.layout, key);
  const state = view.journal?.keys.get(key) ?? null;
  const judged = isJudged(candidate, gathered);
  return {
    partition,
    prefix,
    shownPrefix: shownLocation({ store: root.store, path: prefix }),
    failure:
      gathered.failure ??
      whyHidden(view.inventory, key) ??
      unreadFile(candidate, content.unknown) ??
      unreadFile(candidate, files.unknown),
    expected: candidate.expected,
    parses: candidate.parses,
    due,
    now,
    objects,
    state,
    moved: view.moved.has(key),
    liveRun: view.live.get(key)?.run ?? null,
    otherSpelling: candidate.otherSpelling,
    content: content.content,
    unreadable: files.unreadable,
    unreadableAge: files.ages.get(prefix) ?? null,
    inputs: judged ? inputs.stateOf(partition) : [],
    definition: judged ? definition.compare(state?.record?.definition ?? null) : 'unrecorded',
    olderThan: dataset.stale.olderThan,
    smallFiles: dataset.stale.smallFiles,
  };
}

function unreadFile({ objects }: Candidate, unknown: ReadonlyMap<string, string>): Reason | null {
  const failed = unknown.size === 0 ? [] : objects.filter((o) => unknown.has(o.path));
  if (failed.length === 0) return null;
  const message = listed(failed.map((o) => `${o.path}: ${unknown.get(o.path)}`));
  return { code: 'footer-unknown', message };
}

function rowsOf({ objects, state }: KeyFacts, { rows }: FileFindings): number | null {
  if (rows.size > 0 && objects.length > 0 && objects.every((o) => rows.has(o.path)))
    return objects.reduce((sum, o) => sum + rows.get(o.path)!, 0);
  return state?.record?.rows ?? null;
}
