/** Signals of a caller, which a whole command passes on. */
import { setMaxListeners } from 'node:events';

/** One signal serves many requests and jobs at once, each of which listens: that is no leak, and Node need not warn of one. */
export function heardByMany(signal: AbortSignal | undefined): void {
  if (signal !== undefined) setMaxListeners(0, signal);
}
