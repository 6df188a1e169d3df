/** The engine's version, known without loading it: `--help` and plans without SQL never do. A test compares it with the library. */

export const DUCKDB_VERSION = '1.5.6';

/** Name of the algorithm behind `SqlInspection.tree`: the serialisation may change with the engine. */
export const TREE_ALGORITHM = `tree/duckdb-${DUCKDB_VERSION}`;
