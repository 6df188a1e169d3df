/** The process around the commands: how fast help is, terminals and pipes, signals. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RunDocument, RunEvent, ScanDocument } from '../../src/index.js';
import { createSandbox, MAIN, onTerminal, type Sandbox, shell } from './support/process.js';

let box: Sandbox;

beforeEach(async () => {
  box = createSandbox();
  await box.lakefill('init');
});
afterEach(() => box.remove());

const lakefill = `'${process.execPath}' '${MAIN}'`;
const counts = async () => ((await box.json('scan')) as ScanDocument).datasets[0]?.counts;

/** Prints the processor time of its process, in microseconds, as the last line on stderr. */
const METER = 'process.on("exit",()=>{const{user,system}=process.cpuUsage();console.error(user+system)})';

test('help comes in under 300 ms', () => {
  const runs = Array.from({ length: 5 }, () => {
    const start = performance.now();
    const args = ['--import', `data:text/javascript,${METER}`, MAIN, '--help'];
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect(status).toBe(0);
    return { wall: performance.now() - start, processor: Number(stderr.trim()) / 1000 };
  });
  const median = runs.map((run) => run.wall).toSorted((a, b) => a - b)[2] as number;
  // Where other work keeps the processors busy, the least disturbed run's own share of them counts.
  const least = Math.min(...runs.map((run) => run.processor));
  expect(Math.min(median, least)).toBeLessThan(300);
});

test('the version is that of the package', async () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  expect((await box.lakefill('--version')).out).toBe(`${version}\n`);
});

test('a command that finds nothing to do ends well, at whatever moment its engine answers', async () => {
  await box.lakefill('run', '--yes');
  const ends = new Set<number | null>();
  for (let n = 0; n < 30; n++) ends.add((await box.lakefill('plan')).exitCode);
  expect([...ends]).toEqual([0]);
});

describe('a pipe', () => {
  test('that is closed early ends the command quietly', () => {
    const { out, err } = shell(box.dir, `${lakefill} schema | head -1; echo "\${PIPESTATUS[0]}"`);
    expect({ out, err }).toEqual({ out: '{\n0\n', err: '' });
  });

  test.skipIf(!existsSync('/dev/full'))('onto a full disk is one line of error, exit 1', () => {
    const { exitCode, err } = shell(box.dir, `${lakefill} scan > /dev/full`);
    expect(exitCode).toBe(1);
    expect(err).toMatch(/^error: .*ENOSPC.*\n(?: {2}.*\n)?$/);
  });

  test('that is closed while a run writes into it ends nothing but the text', async () => {
    const { err } = shell(box.dir, `${lakefill} run --yes | head -1`);
    expect(err).toBe('');
    expect(await counts()).toEqual({ fresh: 3 });
  });

  test('gets no colour and no cursor movement', async () => {
    const { out, err } = await box.lakefill('run', '--yes');
    expect(out + err).not.toMatch(/[\u001b\r]/);
  });
});

describe.skipIf(spawnSync('script', ['--version']).status !== 0)('a terminal', () => {
  test('gets colour, unless it is refused', async () => {
    expect((await onTerminal(box.dir, `${lakefill} scan`)).out).toContain('\u001b[31mMMM\u001b[39m');
    expect((await onTerminal(box.dir, `${lakefill} scan --no-color`)).out).not.toContain('\u001b[');
    expect((await onTerminal(box.dir, `NO_COLOR=1 ${lakefill} scan`)).out).not.toContain('\u001b[');
  });

  test.each([
    ['an empty line', '\n', 'Not confirmed; nothing was changed.'],
    ['Ctrl-D', '\u0004', 'Not confirmed; nothing was changed.'],
    ['Ctrl-C', '\u0003', 'Interrupted at the question; nothing was changed.'],
  ])('is asked; %s changes nothing', async (_, typed, told) => {
    const { exitCode, out } = await onTerminal(box.dir, `${lakefill} run`, { at: '[y/N] ', typed });
    expect(exitCode).toBe(130);
    expect(out).toContain('Do this to 3 partitions? [y/N] ');
    expect(out).toContain(told);
    expect(await counts()).toEqual({ missing: 3 });
  });

  test('is asked; yes does it, with a line at the bottom that is wiped', async () => {
    const { exitCode, out } = await onTerminal(box.dir, `${lakefill} run`, { at: '[y/N] ', typed: 'y\n' });
    expect(exitCode).toBe(0);
    expect(out).toContain('/3 done; in flight: dt=2025-01-0');
    expect(out).toMatch(/\r\u001b\[K\[3\/3\] dt=/);
    expect(await counts()).toEqual({ fresh: 3 });
  });
});

describe('an interrupt', () => {
  test('twice stops at once and names recover', async () => {
    const { child, ended } = box.start('run', '--yes', '--events', '--concurrency', '1');
    createInterface({ input: child.stdout! }).once('line', () => child.kill('SIGINT'));
    createInterface({ input: child.stderr! }).once('line', () => child.kill('SIGINT'));
    const { exitCode, out, err } = await ended;
    expect(exitCode).toBe(130);
    expect(err).toMatch(/^stopping: .*\nstopped; `lakefill recover` will tidy up\n$/);
    expect(out).not.toContain('run-ended');
  });

  /** Starts a run of one partition at a time and sends the signals when its first partition is being worked on. */
  async function interrupted(...signals: NodeJS.Signals[]) {
    const { child, ended } = box.start('run', '--yes', '--events', '--concurrency', '1');
    let sent = false;
    createInterface({ input: child.stdout! }).on('line', (line) => {
      if (sent || (JSON.parse(line) as RunEvent).event !== 'step') return;
      sent = true;
      for (const signal of signals) child.kill(signal);
    });
    return ended;
  }

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('by %s finishes or undoes what is in flight, says so, and exits %i', async (signal, code) => {
    const { exitCode, out, err } = await interrupted(signal);
    expect(exitCode).toBe(code);
    expect(err).toContain('stopping: starting nothing new, finishing or undoing what is in flight');
    const last = JSON.parse(out.trimEnd().split('\n').at(-1) ?? '') as RunEvent;
    expect(last.event).toBe('run-ended');
    const { document } = last as { document: RunDocument };
    expect(document.exitCode).toBe(code);
    expect(document.counts.cancelled).toBeGreaterThan(0);
    // Nothing is left in the middle: the next run needs no recovery and finishes the rest.
    expect((await box.lakefill('recover', '--yes')).out).toBe('nothing to recover\n');
    expect((await box.lakefill('run', '--yes', '--only', 'all')).exitCode).toBe(0);
    expect(await counts()).toEqual({ fresh: 3 });
  });
});
