/**
 * `doctor`: whether this machine, the stores and the datasets' control objects are what lakefill rests on, found out by
 * trying. Writes probe objects below the control prefixes only, removes them, and remembers what the stores proved.
 */
import { formatInstant } from '../core/instant.js';
import { chooseDatasets } from '../plan/select.js';
import type { RunContext } from '../run/context.js';
import type { ApiContext } from './context.js';
import { examineBucket } from './doctor-bucket.js';
import { Examination } from './doctor-checks.js';
import { examineDataset } from './doctor-dataset.js';
import { examineFolders } from './doctor-disk.js';
import { examineInputs, examineListing } from './doctor-reading.js';
import { examineTarget } from './doctor-target.js';
import { plainCount } from './doctor-words.js';
import type { DoctorDocument } from './documents.js';
import type { DoctorOptions } from './types.js';

/** Lowest Node that the package states in `engines`. */
const OLDEST_NODE = [20, 19] as const;

/**
 * Checks in a fixed order: the machine, each store once, then dataset by dataset. A fault is a check that did not pass, never an
 * error; of a store that gives no answer one check says so and the others are left out. Throws DATASET_UNKNOWN and CANCELLED.
 */
export async function doctorProject(
  api: ApiContext,
  run: RunContext,
  options: DoctorOptions,
): Promise<DoctorDocument> {
  const datasets = chooseDatasets(api.project.datasets, { datasets: options.datasets ?? [] });
  const examination = new Examination(api.clock, options.signal);
  await examineMachine(api, examination);
  const silent = new Set<string>();
  const roots = datasets.map(({ layout }) => layout.root);
  const firsts = roots.filter((root, i) => roots.findIndex(({ store }) => store === root.store) === i);
  for (const root of firsts) await examineListing(api, examination, root, silent);
  for (const dataset of datasets) {
    const { root } = dataset.layout;
    if (!silent.has(root.store)) {
      if (!firsts.includes(root)) await examineListing(api, examination, root, silent, dataset.name);
      const usable = await examineTarget(run, examination, dataset);
      await examineBucket(run, examination, dataset);
      const state = await examineDataset(run, examination, dataset);
      if (usable) await examineFolders(run, examination, dataset, state);
    }
    await examineInputs(api, examination, dataset, silent);
  }
  return { format: 'lakefill.doctor/1', asOf: formatInstant(api.clock.now()), checks: examination.checks };
}

async function examineMachine(api: ApiContext, examination: Examination): Promise<void> {
  await examination.look({ name: 'node' }, () => Promise.resolve(nodeFinding(process.versions.node)));
  await examination.look({ name: 'engine' }, async () => {
    const engine = api.engine();
    const { problem } = await engine.inspect('SELECT 1');
    return problem === null
      ? { passed: true, evidence: `${engine.name} answers` }
      : {
          passed: false,
          evidence: `${engine.name} refuses SELECT 1: ${problem.message}`,
          hint: 'Install lakefill again; its engine is damaged.',
        };
  });
  const { datasets, settings } = api.project;
  const count = datasets.length;
  await examination.look({ name: 'definitions' }, () =>
    Promise.resolve({
      passed: count > 0,
      needed: false,
      evidence: `${plainCount(count, 'dataset')} defined in ${settings.dir}`,
      hint: 'Write a definition in partitions/, or run `lakefill init --from` on the data that you have.',
    }),
  );
}

/** Pure. */
export function nodeFinding(version: string) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldest, oldestMinor] = OLDEST_NODE;
  return {
    passed: major > oldest || (major === oldest && minor >= oldestMinor),
    evidence: `Node ${version}`,
    hint: `Install Node ${oldest}.${oldestMinor} or newer.`,
  };
}
