/** What `doctor` reads of a dataset's control objects: journal, pin, and what a process that died left behind. */
import { plainCount } from './doctor-words.js';
import { formatByteSize } from '../core/byte-size.js';
import type { Dataset } from '../dataset/dataset.js';
import type { JournalState } from '../journal/entry.js';
import { liveKeys, readLeases } from '../journal/lease.js';
import type { FoundLease } from '../journal/lease.js';
import { checkPin, readPin } from '../journal/pin.js';
import { readJournal } from '../journal/read.js';
import { leftOfDeadRuns } from './gc.js';
import type { RunContext } from '../run/context.js';
import { controlOf, pinOf } from '../run/open-dataset.js';
import { findLostJournal } from '../run/refuse-lost-journal.js';
import { describeLost, lostHint } from '../scan/lost-journal.js';
import type { Examination, Finding } from './doctor-checks.js';

/** The journal's state; null when it cannot be read. Writes nothing. */
export async function examineDataset(
  context: Pick<RunContext, 'project' | 'stores' | 'signal' | 'clock'>,
  examination: Examination,
  dataset: Dataset,
): Promise<JournalState | null> {
  const { store: url } = dataset.layout.root;
  const store = context.stores(url);
  const control = controlOf(context, dataset);
  const subject = { dataset: dataset.name, store: url, prefix: control.prefix };
  let state: JournalState | null = null;
  await examination.look({ name: 'journal', ...subject }, async () => {
    const read = async () => (state = await readJournal(store, control));
    const lost = await findLostJournal(dataset, store, read, context);
    if (lost !== null)
      return { passed: false, evidence: describeLost(dataset, lost), hint: lostHint(dataset) };
    const { sequence, keys } = state as unknown as JournalState;
    const evidence =
      sequence === 0
        ? 'nothing was published yet'
        : `${plainCount(sequence, 'entry', 'entries')} on ${plainCount(keys.size, 'partition')} can be read`;
    return { passed: true, evidence };
  });
  await examination.look({ name: 'pin', ...subject }, async () => {
    const there = await readPin(store, control);
    checkPin(there, pinOf(dataset), control);
    return {
      passed: true,
      evidence: there === null ? 'nothing is pinned yet' : 'the journal belongs to this definition',
    };
  });
  const known = state as JournalState | null;
  if (known !== null)
    await examination.look({ name: 'settled', ...subject }, async () => {
      const leases = await readLeases(store, control);
      const left = await leftOfDeadRuns(store, control, leases, context.clock.now());
      return settledFinding(known, leases, dataset.name, left);
    });
  return known;
}

/** Keys in the middle of a publication that no live run works on, leases of dead runs, and what else those left. Pure. */
export function settledFinding(
  { keys }: JournalState,
  leases: readonly FoundLease[],
  dataset: string,
  garbage: { readonly objects: number; readonly bytes: number } = { objects: 0, bytes: 0 },
): Finding {
  const live = liveKeys(leases);
  const moving = [...keys.values()].filter(({ phase }) => phase !== 'stable');
  const left = moving.filter(({ key, attempt }) => live.get(key)?.run !== attempt?.run);
  const dead = leases.filter(({ alive }) => !alive);
  const hint = `Run \`lakefill recover ${dataset}\`; every command that writes does it first.`;
  if (left.length > 0) {
    const shown = left.slice(0, 3).map(({ key, phase }) => `${key} (${phase})`);
    const more = left.length > shown.length ? ` and ${left.length - shown.length} more` : '';
    const evidence = `a process ended in the middle of publishing ${shown.join(', ')}${more}`;
    return { passed: false, evidence, hint };
  }
  if (dead.length > 0) {
    const runs = dead.map(({ content }) => content.run).join(', ');
    const evidence = `nothing is half published; the lease of a run that died is still there: ${runs}`;
    return { passed: false, needed: false, evidence, hint };
  }
  if (garbage.objects > 0) {
    const size = `${plainCount(garbage.objects, 'object')}, ${formatByteSize(garbage.bytes)}`;
    const evidence = `nothing is half published; work files and expired output of runs that are over are still there (${size})`;
    return { passed: false, needed: false, evidence, hint: `Run \`lakefill gc ${dataset}\` to remove them.` };
  }
  const alive = new Set(leases.map(({ content }) => content.run)).size;
  return {
    passed: true,
    evidence:
      alive === 0
        ? 'nothing is left of earlier runs'
        : `${plainCount(alive, 'run')} at work, nothing is left`,
  };
}
