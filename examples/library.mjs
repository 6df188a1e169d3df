/**
 * lakefill as a library: what is missing, fill it with a time budget, take up once what did not end well, tell the rest.
 *
 *     node examples/library.mjs PROJECT-FOLDER
 */
import { isLakefillError, openProject } from 'lakefill';

const stop = new AbortController();
process.once('SIGTERM', () => stop.abort('SIGTERM'));

try {
  process.exitCode = await main(process.argv[2] ?? '.');
} catch (error) {
  if (!isLakefillError(error)) throw error;
  console.error(`${error.code}: ${error.message}\n${error.hint ?? ''}`);
  process.exitCode = error.exitCode;
}

async function main(dir) {
  const project = await openProject({ dir });
  try {
    for (const { dataset, counts } of (await project.scan()).datasets) console.log(dataset, counts);

    const plan = await project.plan({ only: ['missing'], maxFailures: 5, reason: 'nightly' });
    if (plan.estimate.partitions === 0) return 0;
    const options = { signal: stop.signal, stopAfter: 45 * 60_000, onEvent: show };
    let run = await project.apply(plan, options);
    if (run.exitCode !== 0 && !stop.signal.aborted) run = await project.retry(run.id, options);

    for (const { dataset, partitions } of run.datasets) {
      for (const { key, outcome, error } of partitions)
        if (error !== null) console.log(`${dataset}/${key} ${outcome}: ${error.message} ${error.hint ?? ''}`);
    }
    const { runs } = await project.history({ limit: 3 });
    for (const { command, exitCode, counts } of runs) console.log(command, exitCode, counts);
    return run.exitCode;
  } finally {
    await project.close();
  }
}

function show(event) {
  if (event.event === 'partition-ended')
    console.log(`${event.done}/${event.tasks} ${event.result.key} ${event.result.outcome}`);
}
