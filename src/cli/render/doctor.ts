/** Text of a health check: one aligned line per check, below each that did not pass what to do, and the next command. */
import type { DoctorCheck, DoctorDocument } from '../../index.js';
import { formatSeconds, oneLine, plural } from './format.js';
import { wrap } from './style.js';
import { alignRows } from './table.js';
import { nextCommand, type View } from './view.js';

/** Letters of a check: colour only repeats them. */
type Letters = 'ok' | 'FAIL' | 'note';

const INDENT = ' '.repeat(8);

/** `--quiet` leaves what passed and the remedies out. */
export function renderDoctor({ checks }: DoctorDocument, view: View): string[] {
  const shown = view.quiet ? checks.filter(({ passed }) => !passed) : checks;
  const rows = alignRows(shown.map((check) => rowOf(check, view)));
  const lines = shown.flatMap((check, i) => {
    const before = shown[i - 1];
    const heading = before !== undefined && headingOf(before) === headingOf(check) ? [] : [headingOf(check)];
    return [
      ...heading.map((text) => view.style.paint.bold(text)),
      `  ${rows[i]}`,
      ...(view.quiet ? [] : renderHint(check, view)),
    ];
  });
  return [...lines, totalOf(checks), ...(view.quiet ? [] : [nextCommand(view, nextOf(checks, view))])];
}

function lettersOf({ passed, needed }: DoctorCheck): Letters {
  if (passed) return 'ok';
  return needed ? 'FAIL' : 'note';
}

function headingOf({ dataset, store }: DoctorCheck): string {
  return oneLine(dataset ?? store ?? 'this machine');
}

function rowOf(check: DoctorCheck, view: View): string[] {
  const { paint } = view.style;
  const letters = lettersOf(check);
  const painted = { ok: paint.green, FAIL: paint.red, note: paint.yellow }[letters](letters);
  const seconds = view.verbose ? [formatSeconds(check.seconds)] : [];
  return [painted, check.name, ...seconds, oneLine(check.evidence)];
}

function renderHint({ hint }: DoctorCheck, view: View): string[] {
  if (hint === null) return [];
  return wrap(`-> ${oneLine(hint)}`, Math.max(40, view.style.width - INDENT.length)).map(
    (line, i) => `${INDENT}${i === 0 ? '' : '   '}${line}`,
  );
}

function totalOf(checks: readonly DoctorCheck[]): string {
  const count = (letters: Letters) => checks.filter((check) => lettersOf(check) === letters).length;
  const parts = (['ok', 'FAIL', 'note'] as const).flatMap((letters) =>
    count(letters) === 0 ? [] : [`${count(letters)} ${letters}`],
  );
  return `${plural(checks.length, 'check')}: ${parts.join(', ')}`;
}

/** Recovery when nothing else is wrong, the same again while something needed is, and then the work. */
function nextOf(checks: readonly DoctorCheck[], view: View): string {
  const failed = checks.filter(({ passed, needed }) => needed && !passed);
  if (failed.some(({ name }) => name !== 'settled')) return `lakefill doctor${view.words}`;
  const isSettled = checks.every(({ name, passed }) => name !== 'settled' || passed);
  return `lakefill ${isSettled ? 'scan' : 'recover'}${view.words}`;
}
