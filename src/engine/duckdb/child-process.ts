/** One engine process as the parent sees it: started when first needed, told tasks, interrupted, killed. */
import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { LakefillError } from '../../core/errors.js';
import type { ChildAnswer, ChildMessage, ChildTask, TaskResults } from './protocol.js';
import { fromWire } from './protocol.js';

/** Settings of the system that the engine needs; nothing else of the environment, and so no credentials, reaches it. */
const INHERITED = ['PATH', 'HOME', 'LANG', 'SystemRoot', 'LD_LIBRARY_PATH', 'TMPDIR'];

/** Each running query holds one thread of libuv; hashing and files need others. Must be set before the process starts. */
const UV_THREADS = '4';

/** Characters of stderr that are kept for the message about a crash. */
const STDERR_KEPT = 2000;

interface Pending {
  readonly id: number;
  readonly resolve: (result: TaskResults[keyof TaskResults]) => void;
  readonly reject: (error: LakefillError) => void;
}

export class EngineProcess {
  private readonly child: ChildProcess;
  private pending: Pending | null = null;
  private nextId = 1;
  private stderr = '';
  private spill: string | null = null;
  /** Resolves when the process is gone. */
  readonly ended: Promise<void>;
  alive = true;

  constructor() {
    this.child = fork(childFile(), [], {
      env: environment(),
      execArgv: [],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      serialization: 'json',
    });
    this.child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      this.stderr = (this.stderr + chunk).slice(-STDERR_KEPT);
    });
    this.child.on('message', (answer: ChildAnswer) => this.answered(answer));
    this.child.on('error', (cause) => this.gone(`could not be used (${cause.message})`));
    this.ended = new Promise((resolve) => {
      this.child.once('exit', (code, signal) => {
        this.gone(signal === null ? `ended with code ${code}` : `was ended by ${signal}`);
        void this.removeSpill().then(resolve);
      });
    });
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** It has been given no folder of data. */
  get isFresh(): boolean {
    return this.spill === null;
  }

  /** Until the first task it does not keep the program running. */
  rest(): void {
    this.hold(false);
  }

  /** One task at a time. */
  perform<K extends ChildTask['kind']>(task: Extract<ChildTask, { kind: K }>): Promise<TaskResults[K]> {
    if ('folders' in task) this.spill = task.folders.spill;
    this.hold(true);
    return new Promise((resolve, reject) => {
      const id = this.nextId++;
      this.pending = { id, resolve: resolve as Pending['resolve'], reject };
      if (!this.alive) return this.gone('had ended before');
      this.send({ message: 'task', id, task });
    });
  }

  /** Asks the task that runs to stop; it then fails in its own words. */
  interrupt(): void {
    if (this.pending !== null && this.alive) this.send({ message: 'interrupt', id: this.pending.id });
  }

  /** From here on it takes no task; the running one fails. */
  kill(): void {
    this.alive = false;
    this.hold(true);
    this.child.kill('SIGKILL');
  }

  private send(message: ChildMessage): void {
    // A closed channel shows as the end of the process too.
    this.child.send(message, () => undefined);
  }

  private answered(answer: ChildAnswer): void {
    const { pending } = this;
    if (pending?.id !== answer.id) return;
    this.pending = null;
    // Somebody waits for the end of one that was killed, also when its answer was on the way.
    if (this.alive) this.hold(false);
    if ('result' in answer) pending.resolve(answer.result);
    else pending.reject(fromWire(answer.error));
  }

  private gone(how: string): void {
    this.alive = false;
    const { pending } = this;
    this.pending = null;
    pending?.reject(crash(how, this.stderr));
  }

  /** An idle process does not keep the program running. */
  private hold(busy: boolean): void {
    const change = busy ? 'ref' : 'unref';
    this.child[change]();
    this.child.channel?.[change]();
    (this.child.stderr as unknown as { ref(): void; unref(): void } | null)?.[change]();
  }

  private async removeSpill(): Promise<void> {
    if (this.spill !== null) await rm(this.spill, { recursive: true, force: true }).catch(() => undefined);
  }
}

function crash(how: string, stderr: string): LakefillError {
  const memory = /out of memory|bad_alloc|Cannot allocate memory/i.test(stderr);
  const last = stderr.trim().split('\n').at(-1) ?? '';
  return new LakefillError(
    memory ? 'ENGINE_MEMORY' : 'ENGINE_CRASHED',
    `The engine's process ${how} while it worked on this job; nothing of it was published.${last === '' ? '' : ` Its last words: ${last}`}`,
    {
      hint: memory
        ? 'Raise limits.memory, or lower concurrency.'
        : 'Try again. If it happens again with the same inputs, one of them may be damaged; if the system ended it, memory was probably short.',
      context: { how },
    },
  );
}

function environment(): NodeJS.ProcessEnv {
  const inherited = INHERITED.flatMap((key) =>
    process.env[key] === undefined ? [] : [[key, process.env[key]]],
  );
  return { ...Object.fromEntries(inherited), TZ: 'UTC', UV_THREADPOOL_SIZE: UV_THREADS };
}

/** The bundled child, beside the bundled file that this module became; from the sources (tests) the one in dist/. */
function childFile(): string {
  const here = fileURLToPath(import.meta.url);
  const child = here.endsWith('.ts') ? '../../../dist/child.js' : './child.js';
  return fileURLToPath(new URL(child, import.meta.url));
}
