/** How much of this machine one command uses: engine processes, threads and memory of each. Pure. */

export interface Capacity {
  readonly processes: number;
  /** Of each process, when all are busy. */
  readonly threads: number;
  /** Bytes for each process. */
  readonly memoryBytes: number;
}

export interface Machine {
  readonly cores: number;
  readonly memoryBytes: number;
}

const MIB = 1024 * 1024;
/** Below this an engine process cannot sort or deduplicate a partition of a million rows. */
const LEAST_MEMORY = 256 * MIB;

/**
 * One thread per partition and as many partitions as cores: on few cores that is faster than threads within one partition.
 * Together the processes get `memory`, by default half of the machine's. `tasks` and `concurrency` only lower the number.
 */
export function capacityFor(
  machine: Machine,
  wish: { readonly concurrency: number | null; readonly memory: number | null; readonly tasks: number },
): Capacity {
  const most = Math.max(1, wish.concurrency ?? machine.cores);
  const processes = Math.max(1, Math.min(most, wish.tasks));
  const memory = wish.memory ?? machine.memoryBytes / 2;
  return {
    processes,
    threads: Math.max(1, Math.floor(machine.cores / processes)),
    memoryBytes: Math.max(LEAST_MEMORY, Math.floor(memory / processes)),
  };
}
