/** What the command line starts before it loads the rest of the public API. Loads next to nothing itself. */
export { startEarly as startEngine } from './engine/duckdb/early-process.js';
