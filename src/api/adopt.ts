/**
 * `adopt`: partitions that something else wrote become managed as they stand, and after a lost journal lakefill's own files do.
 * What is taken is decided in plan/adoptable.ts and plan/rebuildable.ts; only the journal is written, no data is read.
 */
import { LakefillError } from '../core/errors.js';
import { timedId } from '../core/id.js';
import type { Instant } from '../core/instant.js';
import { KnownNames } from '../journal/known-names.js';
import { adoptionOf } from '../plan/adoptable.js';
import { lostRefusal, tableRefusal } from '../plan/guards.js';
import { inDependencyOrder } from '../plan/order.js';
import { rebuildOf } from '../plan/rebuildable.js';
import { chooseDatasets, resolveSelection } from '../plan/select.js';
import type { ResolvedSelection } from '../plan/select.js';
import { recordAdoptions } from '../publish/adopt.js';
import type { AdoptResult } from '../publish/adopt.js';
import { saveAdoption } from '../run/adoption-run.js';
import type { AdoptedKey } from '../run/adoption-run.js';
import type { RunContext } from '../run/context.js';
import { openDataset, takeLease } from '../run/open-dataset.js';
import type { OpenDataset } from '../run/open-dataset.js';
import { definitionOf } from '../run/open-plan.js';
import type { Dataset } from '../dataset/dataset.js';
import type { DatasetScan } from '../scan/dataset-scan.js';
import { refuseUndiscovered } from '../scan/discovered-keys.js';
import type { ApiContext } from './context.js';
import { adoptedPartition } from './adopted-partition.js';
import type { Decided } from './adopted-partition.js';
import type { AdoptDocument } from './documents.js';
import { ListingCache } from '../source/listing-cache.js';
import { expectations } from './expected.js';
import { scanDatasets } from './scan-datasets.js';
import type { AdoptRequest } from './types.js';

type AdoptedDataset = AdoptDocument['datasets'][number];

/** Throws JOURNAL_LOST, JOURNAL_CORRUPT, USAGE (nothing is lost), TARGET_REFUSED, the words of a selection, and what opening for writing throws. */
export async function adoptProject(
  api: ApiContext,
  context: RunContext,
  request: AdoptRequest,
): Promise<AdoptDocument> {
  const now = context.clock.now();
  const run = timedId(now);
  const chosen = chooseDatasets(api.project.datasets, request);
  const expectedOf = await expectations(api, chosen, now, new ListingCache());
  const resolved = resolveSelection(chosen, request, now, expectedOf);
  const selections = new Map(resolved.map((s) => [s.dataset.name, s]));
  const ordered = inDependencyOrder(chosen).map((dataset) => ({
    dataset,
    wanted: selections.get(dataset.name)!.wanted,
  }));
  // A journal that cannot be read is not one that accounts for everything: its own error tells more than a scan's unknown keys.
  if (request.rebuild === true) await Promise.all(chosen.map((dataset) => api.journals(dataset).read()));
  const scans = await scanDatasets(api, ordered, scanOptions(context, now));
  refuseUndiscovered(scans);
  refuse(scans, request.rebuild === true);
  const datasets: AdoptedDataset[] = [];
  const done: AdoptedKey[] = [];
  for (const { name } of chosen) {
    const scan = scans.find((one) => one.dataset.name === name)!;
    const adopting = new Adopting(api, context, request, run, now, selections.get(name)!);
    const result = await adopting.dataset(scan);
    datasets.push(result);
    done.push(...adopting.done);
  }
  await saveAdoption(context, { run, startedAt: now, reason: request.reason ?? null, done });
  return {
    format: 'lakefill.adopt/1',
    run,
    dryRun: context.dryRun,
    rebuild: request.rebuild === true,
    requestedBy: context.by,
    reason: request.reason ?? null,
    datasets,
  };
}

function scanOptions({ signal }: RunContext, now: Instant) {
  return { now, ...(signal === undefined ? {} : { signal }) };
}

function refuse(scans: readonly DatasetScan[], rebuild: boolean): void {
  const refusal = scans.map(tableRefusal).find((one) => one !== null);
  if (refusal)
    throw new LakefillError('TARGET_REFUSED', `${refusal.message} Nothing was changed.`, {
      hint: refusal.hint,
    });
  const lost = lostRefusal(scans);
  if (lost !== null && !rebuild) throw new LakefillError('JOURNAL_LOST', lost.message, { hint: lost.hint });
  if (lost === null && rebuild)
    throw new LakefillError(
      'USAGE',
      `Nothing is lost: the journal of ${scans.map(({ dataset }) => dataset.name).join(', ')} accounts for every file of lakefill. Nothing was changed.`,
      { hint: "To take over what something else wrote, run 'lakefill adopt' without --rebuild." },
    );
}

const NOTHING_LOST = { code: 'rebuild', message: 'nothing is lost here' };

const REBUILD_LOSES = {
  code: 'rebuild',
  message:
    'earlier generations and staged output of the lost journal are lost with it: no rollback restores them, and gc removes what is left of them under the control prefix',
};

/** From here on scan calls the adopted partitions what they are by comparison with today, whatever they were made by. */
function assumption({ name }: Dataset, rebuild: boolean): AdoptedDataset['notes'][number] {
  const what = rebuild
    ? "because the journal that knew it is lost: what is adopted was made by today's definition, and what scan calls fresh from today's inputs"
    : "because nothing recorded it: what is adopted was made by today's definition from today's inputs";
  return {
    code: 'assumed',
    message: `assumed, ${what}. Where that may not be so, make it again: lakefill run ${name} --only all, or a range of it with --from and --to`,
  };
}

/** The adoption of one dataset. */
class Adopting {
  /** Keys on which something was tried. */
  readonly done: AdoptedKey[] = [];

  constructor(
    private readonly api: ApiContext,
    private readonly context: RunContext,
    private readonly request: AdoptRequest,
    private readonly run: string,
    private readonly now: Instant,
    private readonly selection: ResolvedSelection,
  ) {}

  async dataset(scan: DatasetScan): Promise<AdoptedDataset> {
    const { dataset } = scan;
    const rebuild = this.request.rebuild === true;
    if (rebuild && scan.lost === null) return this.documentOf(scan, [], new Map(), [NOTHING_LOST]);
    if (this.context.dryRun) {
      const decided = await this.decide(scan);
      return this.documentOf(scan, decided, new Map(), this.remarks(scan, decided));
    }
    const open = await openDataset(this.context, dataset, this.run, {
      looked: rebuild ? 'rebuild' : 'whole',
    });
    // What recovery has just finished or undone is looked at again.
    const recovered = open.recovered.some(({ result }) => result !== 'in-flight');
    const decided = await this.decide(recovered ? await this.scanAgain(scan) : scan);
    const results = await this.record(open, decided);
    return this.documentOf(scan, decided, results, this.remarks(scan, decided));
  }

  private async scanAgain({ dataset }: DatasetScan): Promise<DatasetScan> {
    const { wanted } = this.selection;
    const [again] = await scanDatasets(this.api, [{ dataset, wanted }], scanOptions(this.context, this.now));
    return again!;
  }

  private async decide(scan: DatasetScan): Promise<Decided[]> {
    const { keys, dataset, definition } = scan;
    if (this.request.rebuild !== true)
      return keys.map((key) => ({
        key,
        adoption: adoptionOf(key, this.selection.named(key.partition), { name: dataset.name, definition }),
      }));
    // Read after the listing: what it does not know by now it never will.
    const known = new KnownNames(await this.api.journals(dataset).read());
    return keys.flatMap((key) => {
      const adoption = rebuildOf(key, known, definition);
      return adoption === null ? [] : [{ key, adoption }];
    });
  }

  /** By key. */
  private async record(open: OpenDataset, decided: readonly Decided[]): Promise<Map<string, AdoptResult>> {
    const taken = decided.flatMap(({ adoption }) => (adoption.result === 'adopt' ? [adoption.fact] : []));
    if (taken.length === 0) return new Map();
    const { dataset } = open;
    // Both fingerprints, so that a later change of nothing but the text's form is not taken for another definition.
    const { definition } = await definitionOf(this.api.engine(), dataset);
    const facts = taken.map((fact) => ({ ...fact, record: { ...fact.record, definition } }));
    const keys = facts.map(({ key }) => key);
    const lease = await takeLease(this.context, open, this.run, keys);
    try {
      const results = await recordAdoptions(open.journal, facts, { signal: this.context.signal });
      this.done.push(...facts.map((fact, i) => ({ open, fact, result: results[i]! })));
      return new Map(facts.map(({ key }, i) => [key, results[i]!]));
    } finally {
      await lease.release();
    }
  }

  private remarks({ dataset }: DatasetScan, decided: readonly Decided[]): AdoptedDataset['notes'] {
    if (!decided.some(({ adoption }) => adoption.result === 'adopt')) return [];
    const rebuild = this.request.rebuild === true;
    return [...(rebuild ? [REBUILD_LOSES] : []), assumption(dataset, rebuild)];
  }

  private documentOf(
    { dataset }: DatasetScan,
    decided: readonly Decided[],
    results: ReadonlyMap<string, AdoptResult>,
    remarks: AdoptedDataset['notes'],
  ): AdoptedDataset {
    return {
      dataset: dataset.name,
      target: dataset.target,
      managed: decided.filter(({ adoption }) => adoption.result === 'managed').length,
      partitions: decided.flatMap((one) => adoptedPartition(one, results) ?? []),
      notes: [...this.selection.notes, ...remarks],
    };
  }
}
