/**
 * What is shown while something runs: aligned rows and, on a terminal, one line at the bottom; or the events as JSON
 * Lines; or, with `--json` or `--quiet`, nothing. Logs on stderr come on top of any of these.
 */
import type { EventListener, RunEvent } from '../index.js';
import type { OutputFlags, WritingFlags } from './options.js';
import { oneLine, oneName } from './render/format.js';
import { encodeLog, logOfEvent } from './render/log.js';
import { createRowRenderer } from './render/run-rows.js';
import { createStatusLine } from './render/status-line.js';
import { type Session, styleOf } from './session.js';

/** What is known of the keys before the run starts, for the width of columns. */
export interface Expected {
  readonly withDataset: boolean;
  readonly keys: readonly string[];
}

export interface Display {
  readonly onEvent: EventListener;
  /** Wipes what is not meant to stay. */
  readonly end: () => void;
}

const WIPE = '\r\u001b[K';
const SILENT: Display = { onEvent: () => undefined, end: () => undefined };

export function createDisplay(
  session: Session,
  flags: OutputFlags & WritingFlags,
  expected: Expected,
): Display {
  const shown = createShown(session, flags, expected);
  if (flags.logFormat !== 'json') return shown;
  return {
    ...shown,
    onEvent(event) {
      shown.onEvent(event);
      session.terminal.err(encodeLog(logOfEvent(event)));
    },
  };
}

/** Beside the logs. */
function createShown(session: Session, flags: OutputFlags & WritingFlags, expected: Expected): Display {
  const { terminal } = session;
  if (flags.events === true)
    return { ...SILENT, onEvent: (event) => terminal.out(`${JSON.stringify(event)}\n`) };
  if (flags.json === true)
    return flags.verbose === true && flags.logFormat === undefined
      ? createRows(session, flags, expected, 'err')
      : SILENT;
  return flags.quiet === true ? SILENT : createRows(session, flags, expected, 'out');
}

/** Rows on `stream`; where both streams are terminals and stderr carries no logs, a line below them that is wiped before each row. */
function createRows(
  session: Session,
  flags: OutputFlags & WritingFlags,
  expected: Expected,
  stream: 'out' | 'err',
): Display {
  const { terminal } = session;
  const live =
    terminal.outIsTerminal &&
    terminal.errIsTerminal &&
    terminal.env['TERM'] !== 'dumb' &&
    flags.logFormat === undefined;
  const row = createRowRenderer({ style: styleOf(terminal, flags.color, stream), ...expected });
  const status = createStatusLine();
  return {
    onEvent(event) {
      const line = lineOf(event, row);
      status.update(event);
      const text = line === null ? '' : `${line}\n`;
      if (!live) return terminal[stream](text);
      terminal.err(WIPE);
      terminal[stream](text);
      terminal.err(status.text(terminal.width ?? 80));
    },
    end: () => live && terminal.err(WIPE),
  };
}

function lineOf(event: RunEvent, row: ReturnType<typeof createRowRenderer>): string | null {
  switch (event.event) {
    case 'partition-ended':
      return row(event);
    case 'recovered':
      return `recovered ${oneName(`${event.dataset}/${event.key}`)}: ${oneLine(event.how)}`;
    case 'note':
      return oneLine(event.message);
    case 'run-started':
    case 'step':
    case 'run-ended':
      return null;
  }
}
