/** Engine processes and the command line run from dist/: bundle it once before the tests. Type errors are the type check's business. */
import { bundleShipped } from '../../scripts/bundle.mjs';

export const setup = bundleShipped;
