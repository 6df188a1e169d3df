/** The comparison of two contents of partitions, `lakefill.diff/1`. */
import type { Column } from '../engine/transform-engine.js';

export const DIFF_FORMAT = 'lakefill.diff/1';

export type DiffRow = Readonly<Record<string, unknown>>;

export interface DiffSide {
  /** `staged`: output that waits for a decision, or was refused. `retained`: kept for a rollback. `absent`: nothing stands there. */
  readonly what: 'staged' | 'current' | 'retained' | 'absent';
  /** Run whose content it is; null when it is not lakefill's. */
  readonly run: string | null;
  readonly generation: number | null;
  readonly files: number;
  readonly bytes: number;
  /** Null when the sides could not be read. */
  readonly rows: number | null;
}

export interface PartitionDiff {
  readonly key: string;
  readonly before: DiffSide | null;
  readonly after: DiffSide | null;
  readonly schema: {
    readonly added: readonly Column[];
    readonly removed: readonly Column[];
    readonly changed: readonly { readonly name: string; readonly before: string; readonly after: string }[];
  };
  /** Columns that tell rows apart (the dataset's `unique` check); null: whole rows were compared. */
  readonly by: readonly string[] | null;
  /** Null when the sides could not be compared. Columns of one side only do not count. */
  readonly rows: {
    readonly onlyBefore: number;
    readonly onlyAfter: number;
    /** Rows with the same key and other values; null without a key. */
    readonly changed: number | null;
    readonly equal: number;
  } | null;
  /** With a key: of the rows that both sides have, how many agree in the column. `ratio` is null when there are none. */
  readonly columns: readonly {
    readonly name: string;
    readonly equal: number;
    readonly compared: number;
    readonly ratio: number | null;
  }[];
  /** Sums of numeric columns; text where a number would lose digits, null over no values or where the side lacks the column. */
  readonly sums: readonly {
    readonly name: string;
    readonly before: number | string | null;
    readonly after: number | string | null;
  }[];
  /** Up to five each, in the order of the key, or of all columns. */
  readonly samples: {
    readonly onlyBefore: readonly DiffRow[];
    readonly onlyAfter: readonly DiffRow[];
    readonly changed: readonly { readonly before: DiffRow; readonly after: DiffRow }[];
  };
  readonly notes: readonly string[];
  /** Why it could not be compared. */
  readonly error: { readonly code: string; readonly message: string; readonly hint: string | null } | null;
}

export interface DiffDocument {
  readonly format: typeof DIFF_FORMAT;
  /** Run whose output stands on the side `after`; null: what readers find now against the generation before. */
  readonly run: string | null;
  readonly datasets: readonly {
    readonly dataset: string;
    readonly target: string;
    readonly partitions: readonly PartitionDiff[];
  }[];
}
