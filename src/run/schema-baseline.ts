/**
 * The schema that the output of one dataset is held against in one run. Where nothing was known before, the first output that passes
 * sets it: until then outputs are judged one after the other, in the order in which their tasks entered. What an output adds to it
 * (`additive`) keeps its type for those that are judged after it, and may be absent from them.
 */
import { judgeSchema } from '../check/schema.js';
import type { SchemaPolicy, SchemaVerdict } from '../check/schema.js';
import type { Column } from '../engine/transform-engine.js';
import { Turns } from './turns.js';
import type { Place } from './turns.js';

const FREE: Place = { turn: Promise.resolve(), leave: () => undefined };

export class SchemaBaseline {
  /** Columns that were added in this run, by name without case. */
  private readonly added = new Map<string, Column>();
  /** The key whose output set the baseline in this run. */
  private from: string | null = null;
  private readonly turns = new Turns();
  private release!: () => void;
  private readonly isKnown: Promise<void> = new Promise((resolve) => (this.release = resolve));

  /** `known` null: nothing is known of the dataset's schema yet. */
  constructor(
    private readonly policy: SchemaPolicy,
    private known: readonly Column[] | null,
  ) {}

  /** Null while nothing is known. */
  get columns(): readonly Column[] | null {
    return this.known;
  }

  /** The turn comes when the output may be judged: all tasks before are over, or the schema is known. */
  enter(): Place {
    if (this.known !== null || this.policy === 'any') return FREE;
    const { turn, leave } = this.turns.enter();
    return { turn: Promise.race([turn, this.isKnown]), leave };
  }

  judge(output: readonly Column[]): SchemaVerdict {
    return judgeSchema(this.known, output, this.policy, { from: this.from, added: [...this.added.values()] });
  }

  /** The output of the key has passed everything. Between judging it and this nothing else may be judged. */
  bind(key: string, output: readonly Column[]): void {
    if (this.policy === 'any') return;
    if (this.known === null) {
      this.known = output;
      this.from = key;
      this.release();
      return;
    }
    const names = new Set(this.known.map(({ name }) => name.toLowerCase()));
    for (const column of output) {
      const name = column.name.toLowerCase();
      if (!names.has(name) && !this.added.has(name)) this.added.set(name, column);
    }
  }
}
