/** The inputs of a dataset, listed for the keys that need them, and judged key by key. */
import { isLakefillError, LakefillError, messageOf } from '../core/errors.js';
import type { Instant } from '../core/instant.js';
import type { PartitionKey } from '../core/partition-key.js';
import type { Dataset, DatasetInput } from '../dataset/dataset.js';
import { expectedKeys } from '../dataset/expected-keys.js';
import { discover } from '../source/discover.js';
import { InputFactsReader, isTracked } from '../source/input-facts.js';
import { InputListing } from '../source/input-listing.js';
import type { ListingCache } from '../source/listing-cache.js';
import type { ObjectStore } from '../store/object-store.js';
import { inputState, unknownInput } from './input-state.js';
import type { JournalReader } from './journal-reader.js';
import type { InputState } from './key-facts.js';
import { Upstream } from './upstream.js';

export interface InputsRequest {
  readonly dataset: Dataset;
  readonly partitions: readonly PartitionKey[];
  /** The dataset of this name, null when the project has none. */
  readonly datasetNamed: (name: string) => Dataset | null;
  readonly stores: (url: string) => ObjectStore;
  readonly journals: (dataset: Dataset) => JournalReader;
  readonly cache: ListingCache;
  readonly now: Instant;
}

export interface ScannedInputs {
  stateOf(partition: PartitionKey): InputState[];
  readonly upstreams: ReadonlyMap<string, Upstream>;
}

/** Lists every input. A failure is a state of the input, never thrown; cancellation is. */
export async function scanInputs(request: InputsRequest): Promise<ScannedInputs> {
  const inputs = await Promise.all(request.dataset.inputs.map((input) => scanInput(request, input)));
  const upstreams = inputs.flatMap(({ input, upstream }) =>
    upstream ? [[input.name, upstream] as const] : [],
  );
  return {
    stateOf: (partition) => inputs.map((input) => input.stateOf(partition)),
    upstreams: new Map(upstreams),
  };
}

interface ScannedInput {
  readonly input: DatasetInput;
  readonly upstream: Upstream | null;
  stateOf(partition: PartitionKey): InputState;
}

async function scanInput(request: InputsRequest, input: DatasetInput): Promise<ScannedInput> {
  const { dataset, stores, partitions, cache } = request;
  const unknown = (why: string) => unknownInput(input, isTracked(dataset, input), why);
  const failed = (why: string, upstream: Upstream | null = null): ScannedInput => {
    const state = unknown(why);
    return { input, upstream, stateOf: () => state };
  };
  try {
    const store = stores(input.template.root.store);
    const listing = await InputListing.open({ dataset, input, store, partitions, cache });
    // After the listing: see Upstream.
    const upstream = await readUpstream(request, input);
    if (listing.failure !== null) return failed(listing.failure.message, upstream);
    const reader = new InputFactsReader(listing);
    const stateOf = (partition: PartitionKey) => {
      const failure = listing.failureFor(partition);
      return failure === null ? inputState(reader.read(partition), upstream) : unknown(failure);
    };
    return { input, upstream, stateOf };
  } catch (error) {
    if (isLakefillError(error, 'CANCELLED')) throw error;
    return failed(messageOf(error));
  }
}

async function readUpstream(
  { dataset, datasetNamed, stores, journals, cache, now }: InputsRequest,
  input: DatasetInput,
): Promise<Upstream | null> {
  const made = input.self === -1 ? dataset : input.dataset === null ? null : datasetNamed(input.dataset);
  if (made === null) return null;
  const journal = await journals(made).read();
  const discovery = await discover({ dataset: made, stores, cache, journal });
  if (discovery?.failure) throw new LakefillError('STORE_FAILED', discovery.failure.message);
  return new Upstream(dataset, input, made, expectedKeys(made, now, discovery?.values), journal);
}
