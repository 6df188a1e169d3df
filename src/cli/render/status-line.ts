/** The one line at the bottom of a terminal while a run works: how far, what is in flight, at which step. */
import type { RunEvent } from '../../index.js';
import { formatBytes, oneName } from './format.js';
import { cut } from './style.js';

export interface StatusLine {
  /** Takes an event in; the text may have changed afterwards. */
  readonly update: (event: RunEvent) => void;
  /** Plain text of at most `width - 1` characters; empty when nothing is in flight. */
  readonly text: (width: number) => string;
}

export function createStatusLine(): StatusLine {
  const inFlight = new Map<string, string>();
  let done = 0;
  let tasks = 0;
  return {
    update(event) {
      if (event.event === 'run-started') tasks = event.tasks;
      if (event.event === 'step') {
        const bytes = event.bytes === undefined ? '' : ` ${formatBytes(event.bytes)}`;
        inFlight.set(`${event.dataset}/${event.key}`, `${oneName(event.key)} ${event.step}${bytes}`);
      }
      if (event.event === 'partition-ended') {
        ({ done, tasks } = event);
        inFlight.delete(`${event.dataset}/${event.result.key}`);
      }
      if (event.event === 'run-ended') inFlight.clear();
    },
    text: (width) =>
      inFlight.size === 0
        ? ''
        : cut(`${done}/${tasks} done; in flight: ${[...inFlight.values()].join(', ')}`, width - 1),
  };
}
