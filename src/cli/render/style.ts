/** How text is drawn: width and colours. Renderers take it as a value, so the same document gives the same lines. */
import picocolors from 'picocolors';

export interface Style {
  /** Columns that a line may take; only strips and live lines are cut to it. */
  readonly width: number;
  readonly paint: ReturnType<typeof picocolors.createColors>;
}

/** Columns where nobody says how wide the output is. */
export const PIPE_WIDTH = 100;

export function createStyle(options: { readonly color: boolean; readonly width: number }): Style {
  return { width: options.width, paint: picocolors.createColors(options.color) };
}

const ANSI = /\u001b\[[0-9;]*m/g;

/** Characters that the text takes on screen, colours not counted. */
export function visibleWidth(text: string): number {
  return [...text.replace(ANSI, '')].length;
}

/** Plain text broken between words into lines of at most `width` characters (a longer word stands alone). */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** Plain text cut to `width` characters, the last one `…` when something was cut. */
export function cut(text: string, width: number): string {
  const characters = [...text];
  return characters.length <= width ? text : `${characters.slice(0, Math.max(0, width - 1)).join('')}…`;
}
