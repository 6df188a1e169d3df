/** The event stream of a run: what the terminal shows, what `--events` prints as JSON Lines. */
import type { PartitionOutcome, RunDocument } from './run-document.js';

export type Step = 'wait' | 'fetch' | 'transform' | 'check' | 'stage' | 'promote';

export type RunEvent =
  | { readonly event: 'run-started'; readonly run: string; readonly at: string; readonly tasks: number }
  | {
      readonly event: 'recovered';
      readonly run: string;
      readonly at: string;
      readonly dataset: string;
      readonly key: string;
      readonly how: string;
    }
  | {
      readonly event: 'step';
      readonly run: string;
      readonly at: string;
      readonly dataset: string;
      readonly key: string;
      readonly step: Step;
      readonly bytes?: number;
    }
  | {
      readonly event: 'partition-ended';
      readonly run: string;
      readonly at: string;
      readonly dataset: string;
      readonly done: number;
      readonly tasks: number;
      readonly result: PartitionOutcome;
    }
  | { readonly event: 'note'; readonly run: string; readonly at: string; readonly message: string }
  | {
      readonly event: 'run-ended';
      readonly run: string;
      readonly at: string;
      readonly document: RunDocument;
    };

export type EventListener = (event: RunEvent) => void;
