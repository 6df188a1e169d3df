/** Minutes that a soak may take (`LAKEFILL_SOAK=20`); 0 in everyday runs, which take a fixed share of the cases. */
export const SOAK_MINUTES = Number(process.env['LAKEFILL_SOAK'] ?? 0);
