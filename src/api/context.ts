/** What the reading verbs work with: one opened project. They keep nothing between calls. */
import type { Clock } from '../clock.js';
import type { Dataset, Project } from '../dataset/dataset.js';
import type { TransformEngine } from '../engine/transform-engine.js';
import type { JournalReader } from '../scan/journal-reader.js';
import type { ObjectStore } from '../store/object-store.js';

export interface ApiContext {
  readonly project: Project;
  /** The opened store of a location of the project. */
  readonly stores: (url: string) => ObjectStore;
  /** Started when first asked for. Verbs ask only when they must look at SQL. */
  readonly engine: () => TransformEngine;
  /** Says that so many jobs will probably be asked of engines at a time soon, and of which SQL. */
  readonly warmEngine: (jobs: number, sql: string | null) => void;
  readonly clock: Clock;
  readonly journals: (dataset: Dataset) => JournalReader;
  /** `user@host`. */
  readonly user: string;
}
