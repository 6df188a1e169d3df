/** Durations, sizes and names as definitions write them. */
import { z } from 'zod';
import { parseByteSize } from '../../core/byte-size.js';
import { parseDuration } from '../../core/duration.js';

export const text = z.string().min(1);

/** Text taken as typed: the loader never sees `2025` or `01` as numbers, but the YAML of an editor does. */
export const writtenText = text.meta({ type: ['string', 'number', 'boolean'] });

/** Milliseconds. */
export const duration = z
  .union([z.string(), z.number()])
  .transform((value, context) => {
    const milliseconds = parseDuration(String(value));
    if (milliseconds !== null) return milliseconds;
    return refuse(context, value, `'${value}' is not a duration; write such as 90m, 6h or 7d`);
  })
  .meta({ title: 'duration' });

/** Milliseconds, at least 1. */
export const positiveDuration = duration.refine((milliseconds) => milliseconds > 0, 'must be more than 0');

/** Bytes, at least 1. */
export const byteSize = z
  .union([z.string(), z.number()])
  .transform((value, context) => {
    const bytes = typeof value === 'number' ? value : parseByteSize(value);
    if (bytes !== null && Number.isSafeInteger(bytes) && bytes > 0) return bytes;
    return refuse(context, value, `'${value}' is not a size; write such as 512MiB or 2GB`);
  })
  .meta({ title: 'size' });

/** A name that SQL takes without quotes. */
export const identifier = z
  .string()
  .regex(
    /^[A-Za-z_][A-Za-z0-9_]*$/,
    'must be a plain name: letters, digits and _, not beginning with a digit',
  );

function refuse(context: z.core.$RefinementCtx, input: unknown, message: string): never {
  context.issues.push({ code: 'custom', input, message });
  return z.NEVER;
}
