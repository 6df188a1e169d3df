/** What each reason of a status and each hold means, in one sentence; the compiler refuses a reason without one. */
import type { ReasonCode } from '../../src/scan/status-table.js';

export const REASONS: Readonly<Record<ReasonCode, string>> = {
  'listing-failed': 'The target could not be listed.',
  'journal-failed': 'The journal could not be read.',
  'footer-unknown': 'A file of it could not be read to the end.',
  'input-unknown': 'An input could not be listed.',
  'in-progress': 'A live run is publishing it.',
  interrupted: 'A run died while it published it. `recover` finishes or undoes that.',
  'not-expected': 'Data stands there, and the definition does not expect this key.',
  'other-layout': "Data stands there, and its path does not have the form of the target's template.",
  'other-spelling': 'Its data seems to stand under another spelling, such as `month=1` for `month=01`.',
  'not-due': 'Its time, and `availableAfter`, are not over.',
  'modified-outside': 'Files that lakefill wrote were changed or removed, or others were put beside them.',
  settling: 'A file of somebody else is not readable, and younger than 15 minutes.',
  unreadable: 'A file is empty, cut off or no Parquet.',
  empty: 'It was made, and no rows was the result.',
  'input-missing': 'An input that it needs has no data, or its marker is missing.',
  'input-unreadable': 'A file of an input is too short to be Parquet.',
  'input-archived': 'A file of an input lies in an archive class.',
  'upstream-missing':
    'A dataset that it reads, or the partition before it, is not made yet, or left a file too short to be Parquet.',
  absent: 'Nothing stands there.',
  'removed-outside': 'Its files were there, and somebody else removed them.',
  'input-changed': 'An input is not what it was made from.',
  'input-newer': 'Somebody else made it, and an input is newer.',
  'definition-changed': 'It was made by another definition.',
  expired: 'It is older than `stale.olderThan`.',
  'small-files': 'It has too many files below `stale.smallFiles`.',
};

/** Codes that only a plan gives to what it leaves alone. */
export const HOLDS: Readonly<Record<string, readonly [meaning: string, included: string]>> = {
  unmanaged: ['lakefill did not write its files.', '`--overwrite-external`, or `adopt` first'],
  'modified-outside': [
    'Not all of its files are as lakefill wrote them.',
    '`--overwrite-external`, or `adopt` first',
  ],
  'definition-changed': ['It was made by another definition.', '`--only stale`, `--only definition-changed`'],
  expired: ['It is older than `stale.olderThan`.', '`--only stale`, `--only expired`'],
  'small-files': ['It has many small files.', '`--only stale`, `--only small-files`'],
  'tried-before': [
    'The same definition and inputs were refused, rolled back, or failed three times.',
    '`retry`, `--only failed`, `--only all`, `--partition`',
  ],
  'in-flight': ['A live run works on it, or on what it reads.', 'waiting for that run'],
  'over-limit': ['It comes after the first `--limit` tasks.', 'a larger `--limit`'],
  retention: ['It reads what an input does not keep any more.', 'nothing'],
};
