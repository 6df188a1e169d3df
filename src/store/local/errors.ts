/**
 * Errors of the file system in lakefill's words: one table from errno to code, text and hint. What is an answer and not
 * a fault (ENOENT of an absent object, EEXIST of a lost race) is handled where it is expected and never comes here.
 */
import { LakefillError, messageOf, type ErrorCode } from '../../core/errors.js';

interface Meaning {
  readonly code: ErrorCode;
  readonly what: string;
  readonly hint?: string;
}

const full = (what: string): Meaning => ({
  code: 'STORE_FULL',
  what,
  hint: 'Make room or raise the quota, then run `lakefill recover`. Nothing visible was changed half-way.',
});
const denied = (what: string): Meaning => ({
  code: 'STORE_DENIED',
  what,
  hint: 'Give the user that runs lakefill read, write and search permission on this folder and its parents.',
});
const readOnly: Meaning = {
  code: 'STORE_READ_ONLY',
  what: 'the file system is mounted read-only',
  hint: 'Mount it for writing. Linux turns a disk read-only after errors: look at the kernel log first.',
};
const failed = (what: string): Meaning => ({
  code: 'STORE_FAILED',
  what,
  hint: 'Check the disk and the kernel log before running again. What was written last may not be durable.',
});
const busy = (what: string): Meaning => ({
  code: 'STORE_UNAVAILABLE',
  what,
  hint: 'Run again; lower `concurrency` if it keeps happening.',
});
const unsupported = (what: string, hint: string): Meaning => ({ code: 'STORE_UNSUPPORTED', what, hint });
const noOperation = unsupported(
  'the file system cannot do this operation',
  'Keep the lake on a local POSIX file system such as ext4, xfs, btrfs or APFS.',
);

const MEANINGS: Readonly<Record<string, Meaning>> = {
  ENOSPC: full('the file system is full'),
  EDQUOT: full('the disk quota is used up'),
  EFBIG: full('the file is larger than the file system or the process limit allows'),
  EROFS: readOnly,
  EACCES: denied('permission denied'),
  EPERM: denied('operation not permitted'),
  EIO: failed('the disk reported an input/output error'),
  ENXIO: failed('the device is gone'),
  ENODEV: failed('the device is gone'),
  EMFILE: busy('the process has too many open files'),
  ENFILE: busy('the system has too many open files'),
  EAGAIN: busy('the resource is busy'),
  EBUSY: busy('the resource is busy'),
  ENOMEM: busy('the system is out of memory'),
  EINTR: busy('the call was interrupted'),
  ESTALE: busy('the network file system lost its handle'),
  ENOTCONN: busy('the network file system is not connected'),
  EHOSTDOWN: busy('the server of the network file system is down'),
  ETIMEDOUT: { ...busy('the network file system did not answer in time'), code: 'STORE_TIMEOUT' },
  ENOENT: {
    code: 'STORE_NOT_FOUND',
    what: 'it does not exist',
    hint: 'Something else removed it meanwhile; run again.',
  },
  ELOOP: unsupported(
    'a symbolic link stands there, and links are not followed inside a dataset',
    'Put the real folder in the definition, or replace the link by what it points to.',
  ),
  ENOTDIR: unsupported('a file stands where a folder is needed', 'Move the file away.'),
  EISDIR: unsupported('a folder stands where a file is needed', 'Move the folder away.'),
  ENAMETOOLONG: unsupported(
    'the name is too long for the file system',
    'Use shorter keys or a shorter root.',
  ),
  EILSEQ: unsupported(
    'a name is not valid UTF-8',
    'Rename it (`convmv` can), or move it out of the dataset.',
  ),
  EINVAL: unsupported('the file system does not accept this name or operation', 'Use another key.'),
  EXDEV: unsupported(
    'the two paths are on different devices, and a rename cannot cross devices',
    'Keep the dataset and its `_lakefill` folder on one file system, with no mount or link inside.',
  ),
  ENOTSUP: noOperation,
  EOPNOTSUPP: noOperation,
  ENOSYS: noOperation,
};

/** LakefillErrors pass; everything else becomes a STORE_* error: `doing` as in "write", `path` the object's. */
export function storeError(error: unknown, doing: string, path: string): LakefillError {
  if (error instanceof LakefillError) return error;
  const errno = errnoOf(error);
  const meaning = MEANINGS[errno ?? ''] ?? failed(messageOf(error));
  const where = path.startsWith('/') ? path : `/${path}`;
  return new LakefillError(meaning.code, `Could not ${doing} ${where}: ${meaning.what}.`, {
    ...(meaning.hint === undefined ? {} : { hint: meaning.hint }),
    context: { path, errno: errno ?? null },
    cause: error,
  });
}

/** `ENOENT` and the like; null for anything that is not an error of a system call. */
export function errnoOf(error: unknown): string | null {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^E[A-Z0-9]+$/.test(code) ? code : null;
}

/** Nothing is at the path: neither it nor a folder that could hold it. */
export function isAbsence(error: unknown): boolean {
  const errno = errnoOf(error);
  return errno === 'ENOENT' || errno === 'ENOTDIR';
}

/**
 * link() cannot give this file a second name here, but a copy can. EPERM and ENOTSUP: no hard links (FAT, some network
 * file systems), or Linux `fs.protected_hardlinks` for another user's file; EXDEV: another device; EMLINK: too many names.
 */
export function isLinkRefusal(error: unknown): boolean {
  return ['EPERM', 'EACCES', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EXDEV', 'EMLINK'].includes(
    errnoOf(error) ?? '',
  );
}
