/** Aligned columns. Cells may carry colours; widths count what is visible. */
import { visibleWidth } from './style.js';

export type Align = 'left' | 'right';

export function pad(text: string, width: number, align: Align = 'left'): string {
  const gap = ' '.repeat(Math.max(0, width - visibleWidth(text)));
  return align === 'left' ? text + gap : gap + text;
}

/** A longer cell stands out of its column rather than pushing the next column of every row away. */
const WIDEST = 48;

/** One line per row, cells two spaces apart, nothing after the last cell. Rows may have different lengths. */
export function alignRows(rows: readonly (readonly string[])[], aligns: readonly Align[] = []): string[] {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, i) => {
      const width = visibleWidth(cell);
      widths[i] = Math.max(widths[i] ?? 0, width > WIDEST ? 0 : width);
    });
  return rows.map((row) =>
    row
      .map((cell, i) => pad(cell, widths[i] ?? 0, aligns[i]))
      .join('  ')
      .trimEnd(),
  );
}
