/** Scanned keys and plans of sketched datasets, without a store. */
import type { Dataset } from '../../src/dataset/dataset.js';
import { keyOf } from '../../src/dataset/expected-keys.js';
import { fingerprintOf } from '../../src/dataset/fingerprint.js';
import { makePlan } from '../../src/plan/make-plan.js';
import type { PlanFacts } from '../../src/plan/make-plan.js';
import type { Plan, PlanOptions } from '../../src/plan/plan.js';
import { resolveSelection } from '../../src/plan/select.js';
import type { SelectionOptions } from '../../src/plan/selection.js';
import type { DatasetScan, ScannedKey } from '../../src/scan/dataset-scan.js';
import type { InputState } from '../../src/scan/key-facts.js';
import { REASON_STATUS } from '../../src/scan/status-table.js';
import type { ReasonCode } from '../../src/scan/status-table.js';
import { info } from '../support/lake.js';

export const NOW = Date.parse('2025-02-01T00:00:00Z');

export const OPTIONS: PlanOptions = {
  concurrency: null,
  batch: null,
  order: 'oldest',
  canary: false,
  maxFailures: null,
  stageOnly: false,
  together: false,
  accept: [],
};

export function input(name: string, over: Partial<InputState> = {}): InputState {
  return {
    name,
    store: 'memory://lake/',
    tracked: true,
    failure: null,
    record: { name, objects: 2, bytes: 1000, version: `version-of-${name}`, tracked: true },
    objects: [],
    newest: null,
    blockers: [],
    awaits: null,
    unsteady: null,
    ...over,
  };
}

/** A key of the dataset whose first reason is `code`; `fresh` has none. It has an object unless it is missing or blocked. */
export function scanned(
  dataset: Dataset,
  key: string,
  code: ReasonCode | 'fresh',
  over: Partial<ScannedKey> = {},
): ScannedKey {
  const status = code === 'fresh' ? 'fresh' : REASON_STATUS[code];
  const prefix = `${dataset.layout.root.path}${key}/`;
  const inputStates = over.inputStates ?? dataset.inputs.map(({ name }) => input(name));
  return {
    partition: keyOf(dataset, key) ?? { key, values: {}, interval: null },
    prefix,
    due: 0,
    status,
    reasons: code === 'fresh' ? [] : [{ code, message: `because ${code}` }],
    notes: [],
    managed: false,
    objects: status === 'missing' || status === 'blocked' ? [] : [info(`${prefix}a.parquet`)],
    state: null,
    liveRun: null,
    rows: null,
    inputStates,
    inputs: inputStates.flatMap(({ record }) => record ?? []),
    ...over,
  };
}

export function scanOf(
  dataset: Dataset,
  keys: readonly ScannedKey[],
  over: Partial<DatasetScan> = {},
): DatasetScan {
  return {
    dataset,
    asOf: NOW,
    keys,
    journalSequence: 41,
    definition: fingerprintOf(dataset),
    tableFormat: null,
    undiscovered: null,
    lost: null,
    upstreams: new Map(),
    notes: [],
    ...over,
  };
}

export function planOf(
  scans: readonly DatasetScan[],
  selection: SelectionOptions = {},
  over: Partial<PlanFacts> = {},
): Plan {
  return makePlan({
    scans,
    selections: resolveSelection(
      scans.map(({ dataset }) => dataset).filter(({ name }) => selection.datasets?.includes(name) ?? true),
      selection,
      NOW,
    ),
    withDownstream: selection.withDownstream ?? false,
    options: OPTIONS,
    overwriteExternal: false,
    limit: null,
    maxBytes: null,
    refusals: new Map(),
    now: NOW,
    id: '20250201T000000-abcdef',
    createdAt: NOW,
    requestedBy: 'me@here',
    reason: null,
    ...over,
  });
}

export const keysOf = (plan: Plan, dataset = 0) => plan.datasets[dataset]!.tasks.map(({ key }) => key);
export const heldOf = (plan: Plan, dataset = 0) =>
  Object.fromEntries(plan.datasets[dataset]!.held.map(({ key, code }) => [key, code]));
