/** The shape of a pluggable part: a name, the schema of its options, and what it does with them. */
import type { ZodType } from 'zod';

/** A check rule as definitions see it: enough to validate its options and to name it. What it measures is in check/. */
export interface CheckPart<Options = unknown> {
  /** The key in `checks`: `notNull`. */
  readonly name: string;
  /** Validates the value as written in YAML and gives the normal form. */
  readonly schema: ZodType<Options>;
  /** Stable display name: `notNull(order_id, ts)`. */
  describe(options: Options): string;
  /** Why the options do not fit a definition with these inputs, such as an input that it does not have; null when they do. */
  misfit?(options: Options, inputs: readonly string[]): string | null;
}
