/** What a plan would cost, roughly: from its inputs, and from what earlier runs of the same datasets made. Pure. */
import { bytesOf } from '../journal/fold.js';
import type { DatasetScan } from '../scan/dataset-scan.js';
import { inputBytesOf } from './guards.js';
import type { DatasetPlan, Plan, Task } from './plan.js';

/** Requests of one task beside its inputs and old files: staging, preparing, completing, checking, journal. */
const REQUESTS_PER_TASK = 12;

type Planned = { readonly scan: DatasetScan; readonly plan: DatasetPlan };

export function estimateOf(planned: readonly Planned[]): Plan['estimate'] {
  const parts = planned.map(({ scan, plan }) => ({
    partitions: plan.tasks.length,
    readBytes: inputBytesOf(plan.tasks),
    writeBytes: writeBytesOf(plan.tasks, scan),
    requests: plan.tasks.reduce((sum, task) => sum + requestsOf(task), 0),
    seconds: secondsOf(plan.tasks.length, scan),
  }));
  const sum = (pick: (part: (typeof parts)[number]) => number) =>
    parts.reduce((s, part) => s + pick(part), 0);
  const busy = parts.filter((part) => part.partitions > 0);
  return {
    partitions: sum((part) => part.partitions),
    readBytes: sum((part) => part.readBytes),
    writeBytes: Math.round(sum((part) => part.writeBytes)),
    requests: sum((part) => part.requests),
    seconds:
      busy.length === 0 || busy.some((p) => p.seconds === null)
        ? null
        : Math.ceil(sum((p) => p.seconds ?? 0)),
  };
}

function requestsOf({ inputs, base }: Task): number {
  return (
    inputs.reduce((sum, input) => sum + ('objects' in input ? input.objects : 0), base.objects) +
    REQUESTS_PER_TASK
  );
}

/** As many bytes as now; for new partitions the dataset's own ratio of output to input, else as much as is read. */
function writeBytesOf(tasks: readonly Task[], scan: DatasetScan): number {
  const ratio = outputRatio(scan);
  return tasks.reduce(
    (sum, task) => sum + (task.base.bytes > 0 ? task.base.bytes : ratio * inputBytesOf([task])),
    0,
  );
}

function outputRatio({ keys }: DatasetScan): number {
  let read = 0;
  let written = 0;
  for (const { state } of keys) {
    if (!state?.record) continue;
    read += state.record.inputs.reduce((sum, input) => sum + input.bytes, 0);
    written += bytesOf(state.files);
  }
  return read > 0 && written > 0 ? written / read : 1;
}

/** From the pace of the latest run that published at least three keys: they end one after another. */
function secondsOf(tasks: number, { keys }: DatasetScan): number | null {
  const ends = new Map<string, number[]>();
  for (const { state } of keys) {
    if (!state?.madeBy) continue;
    const { run, at } = state.madeBy;
    const times = ends.get(run);
    if (times) times.push(Date.parse(at));
    else ends.set(run, [Date.parse(at)]);
  }
  const paces = [...ends.values()].filter((times) => times.length >= 3).map(paceOf);
  const latest = paces.reduce<Pace | null>((a, b) => (a === null || b.end > a.end ? b : a), null);
  return latest === null ? null : (latest.msPerKey * tasks) / 1000;
}

interface Pace {
  readonly end: number;
  readonly msPerKey: number;
}

function paceOf(times: readonly number[]): Pace {
  const [first, end] = times.reduce(
    ([a, b], time) => [Math.min(a, time), Math.max(b, time)],
    [Infinity, -Infinity],
  );
  return { end, msPerKey: (end - first) / (times.length - 1) };
}
