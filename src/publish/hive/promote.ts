/** Promote: protect, prepare, recheck, intent; then forward. One attempt for the whole group: all keys become visible or none. */
import { LakefillError, throwIfAborted } from '../../core/errors.js';
import { randomId } from '../../core/id.js';
import { formatInstant } from '../../core/instant.js';
import { partitionPrefix } from '../../core/layout.js';
import type { PublishContext, PublishResult, Publisher, PromoteRequest } from '../publisher.js';
import { abortAttempt } from './abort.js';
import { conflict, endedBy, keysInFlight } from './attempt.js';
import { currentByName, currentObjects } from './current.js';
import { forward } from './forward.js';
import { BaseMoved, prepareFacts, revoke } from './prepare.js';
import { difference, isOvertaken } from './verify.js';

export const hivePublisher: Publisher = {
  current: currentObjects,
  promote,
  settle: async (context, attempt, wish) => {
    const undone =
      wish === 'abort' && !(await isAnyOvertaken(context, attempt))
        ? await abortAttempt(context, attempt, 'it was asked for')
        : null;
    return undone ?? forward(context, attempt);
  },
};

async function isAnyOvertaken(context: PublishContext, attempt: string): Promise<boolean> {
  const found = await Promise.all(
    keysInFlight(context, attempt).map(async ({ key, prefix, attempt: { remove, add } }) =>
      isOvertaken(await currentByName(context, key), { old: remove, added: add }, prefix),
    ),
  );
  return found.includes(true);
}

async function promote(
  context: PublishContext,
  requests: readonly PromoteRequest[],
  signal?: AbortSignal,
): Promise<readonly PublishResult[]> {
  if (requests.length === 0) return [];
  const attempt = randomId();
  const none = (key: string, code: string, why: string) =>
    requests.map((r) =>
      conflict(
        r.content.key,
        code,
        r.content.key === key ? why : `Not published because ${key} could not be: ${why}`,
      ),
    );
  let facts;
  try {
    facts = await prepareFacts(context, attempt, requests, signal);
  } catch (error) {
    if (!(error instanceof BaseMoved)) throw error;
    const { code, why } = await whoMoved(context, requests, error.key, error.message);
    return none(error.key, code, why);
  }
  const uploads = facts.flatMap((fact) => fact.add);
  try {
    const moved = await firstMoved(context, requests, facts);
    await refuseEnding(context);
    throwIfAborted(signal);
    if (moved !== null) {
      await revoke(context, uploads);
      const { code, why } = await whoMoved(context, requests, moved.key, moved.why);
      return none(moved.key, code, why);
    }
  } catch (error) {
    await revoke(context, uploads);
    throw error;
  }
  // The intent. If this throws, the entry may have landed all the same: its uploads are the journal's, and recover's, to finish or undo.
  const submitted = await context.journal.submit(facts);
  if (submitted.outcome === 'refused') {
    await revoke(context, uploads);
    const { code, why } = await whoMoved(context, requests, submitted.key, `it ${submitted.why}`);
    return none(submitted.key, code, why);
  }
  // From here on nothing is cancelled: readers may already see new files.
  const results = new Map(
    (
      await forward(
        context,
        attempt,
        requests.map((r) => r.content.key),
      )
    ).map((result) => [result.key, result]),
  );
  // A key is not among them when another process brought it to its end before we looked.
  return facts.map(
    (fact) =>
      results.get(fact.key) ??
      endedBy(context, { key: fact.key, prefix: partitionPrefix(context.layout, fact.key), attempt: fact }),
  );
}

/** What an intent needs from its completions to its last deletion, with room to spare. */
const CREDENTIALS_NEEDED_MS = 5 * 60_000;

/** Credentials that end in the middle of a publication would leave it to somebody's recover. Throws STORE_CREDENTIALS. */
async function refuseEnding({ store, clock }: PublishContext): Promise<void> {
  const end = (await store.bucket?.credentialsEnd()) ?? null;
  if (end === null || end - clock.now() >= CREDENTIALS_NEEDED_MS) return;
  const at = formatInstant(end);
  throw new LakefillError(
    'STORE_CREDENTIALS',
    `The credentials for ${store.url} end at ${at}, too soon to publish with them. Nothing was published.`,
    {
      hint: 'Renew the credentials (`aws sso login`, a new session token) and run the command again.',
      context: { url: store.url, end: at },
    },
  );
}

/** What moved the base, as the journal shows it now: another run that is at it (`in-flight`) or was, else `otherwise`, in words. */
async function whoMoved(
  context: PublishContext,
  requests: readonly PromoteRequest[],
  key: string,
  otherwise: string,
): Promise<{ readonly code: 'in-flight' | 'base-moved'; readonly why: string }> {
  await context.journal.refresh();
  const { phase, attempt, generation, madeBy } = context.journal.key(key);
  if (phase !== 'stable' && attempt !== null)
    return { code: 'in-flight', why: `Run ${attempt.run} is publishing it.` };
  const base = requests.find(({ content }) => content.key === key)?.base.generation ?? null;
  if (generation === base || madeBy === null)
    return { code: 'base-moved', why: `The partition changed since it was planned: ${otherwise}.` };
  return { code: 'base-moved', why: `Run ${madeBy.run} published generation ${generation} meanwhile.` };
}

/** Should, not must: it saves an intent that `verify` would undo. */
async function firstMoved(
  context: PublishContext,
  requests: readonly PromoteRequest[],
  facts: readonly {
    remove: readonly { name: string; size: number; etag: string; sha256: string | null }[];
  }[],
): Promise<{ key: string; why: string } | null> {
  const whys = await Promise.all(
    requests.map(async (request, i) => {
      const key = request.content.key;
      const listed = await currentByName(context, key);
      const why = difference(
        listed,
        { old: facts[i]!.remove, added: [] },
        partitionPrefix(context.layout, key),
      );
      return why === null ? null : { key, why };
    }),
  );
  return whys.find((why) => why !== null) ?? null;
}
