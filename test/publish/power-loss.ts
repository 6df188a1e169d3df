/** One act on a local lake that a power loss cuts off, then a recovery on what the disk still holds, then an outsider's look. */
import { createLocalStore } from '../../src/store/local/local-store.js';
import { instantViolations, namedFirstViolations, wholeTags } from '../support/invariants.js';
import { dataFiles } from '../support/independent-reader.js';
import { PowerLossDisk } from '../store/local/power-loss.js';
import type { DiskCall, Loss, Machine, MachineOptions } from '../store/local/power-loss.js';
import { acknowledged } from './acknowledged.js';
import type { Scenario } from './scenarios.js';
import { createWorld, DAY, endViolations, recoverBy } from './world.js';
import type { World } from './world.js';

export interface Arranged {
  readonly world: World;
  readonly disk: PowerLossDisk;
  readonly act: Awaited<ReturnType<Scenario['arrange']>>;
  readonly together: readonly string[];
}

const BASE = 'disk/';
/** A third name of a file that is kept for a rollback; it goes when that is dropped. */
const ASIDE = /^gc leaves .*\/retained\/.*~[0-9a-f]{16}$/;

/** The lake at the beginning of the act, on a disk of its own. Cases work on clones of it. */
export async function arrange(scenario: Scenario, forgets?: (call: DiskCall) => boolean): Promise<Arranged> {
  let disk: PowerLossDisk | null = null;
  const world = createWorld((clock) => {
    disk = PowerLossDisk.empty(() => clock.now());
    const machine = disk.start(forgets ? { forgets } : {});
    return { store: storeOn(machine, clock), raw: rawOf(disk), base: BASE, dispose: () => undefined };
  });
  const act = await scenario.arrange(world);
  return { world, disk: disk!, act, together: scenario.together ?? [] };
}

export interface PowerCut {
  /** Right before this changing call of the disk; Infinity: right after the act's end. */
  readonly dieAt: number;
  readonly loss: Loss;
  readonly wish: 'forward' | 'abort';
  readonly random: () => number;
  readonly forgets?: MachineOptions['forgets'];
  /** Only the process dies first: another one recovers, and the power goes somewhere in that. */
  readonly process?: true;
}

export interface Cut {
  readonly violations: readonly string[];
  readonly calls: readonly DiskCall[];
  readonly answers: number;
}

export async function powerCut(arranged: Arranged, cut: PowerCut): Promise<Cut> {
  const { world, act } = arranged;
  const disk = arranged.disk.clone();
  const machine = disk.start({ dieAt: cut.dieAt, ...(cut.forgets ? { forgets: cut.forgets } : {}) });
  const answered = acknowledged(storeOn(machine, world.clock));
  const told = await Promise.race([act(answered.store).catch(() => null), machine.lost.then(() => null)]);
  const left = cut.process ? disk : disk.afterPowerLoss(cut.loss, cut.random);
  const objects = left.files();
  const violations = cut.process
    ? []
    : [
        ...answered.violations(objects),
        ...instantViolations(objects, world.expected),
        ...namedFirstViolations(objects, world.expected),
      ].map((text) => `after the power loss: ${text}`);
  const second = await lostAgain({ ...world, raw: rawOf(left) }, left, cut);
  violations.push(...second.violations);
  const last = { ...world, store: storeOn(second.left.start(), world.clock), raw: rawOf(second.left) };
  violations.push(...(await recoveredViolations(last, cut.wish, arranged.together, told)));
  return { violations, calls: machine.calls, answers: answered.answers + second.answers };
}

/** The power goes once more, somewhere in the recovery or right after it. */
async function lostAgain(world: World, disk: PowerLossDisk, { loss, wish, random }: PowerCut) {
  const machine = disk.start({ dieAt: 1 + Math.floor(random() * 40) });
  const answered = acknowledged(storeOn(machine, world.clock));
  const recovery = recoverBy(world, 'first-recoverer', wish, answered.store).catch(() => null);
  await Promise.race([recovery, machine.lost]);
  const left = disk.afterPowerLoss(loss, random);
  const objects = left.files();
  const violations = [
    ...answered.violations(objects),
    ...instantViolations(objects, world.expected),
    ...namedFirstViolations(objects, world.expected),
  ].map((text) => `after the second power loss: ${text}`);
  return { left, violations, answers: answered.answers };
}

async function recoveredViolations(
  world: World,
  wish: 'forward' | 'abort',
  together: readonly string[],
  told: unknown,
): Promise<string[]> {
  try {
    const recovered = await recoverBy(world, 'recoverer', wish);
    // What a write that died left behind under a hidden name is gc's after a day.
    world.clock.advance(2 * DAY);
    return [
      ...recovered
        .filter(({ result }) => result === 'failed')
        .map(({ key, message }) => `${key}: recover failed: ${message}`),
      ...(await endViolations(world)).filter((text) => !ASIDE.test(text)),
      ...groupViolations(world, await world.raw.snapshot(), together),
      ...toldViolations(world, await world.raw.snapshot(), told),
    ];
  } catch (error) {
    return [`recovery threw ${String((error as Error).stack)}`];
  }
}

function groupViolations(
  world: World,
  objects: ReadonlyMap<string, Buffer>,
  together: readonly string[],
): string[] {
  const isNew = together.map((key) => tagAt(world, objects, key) === 'B');
  return new Set(isNew).size <= 1 ? [] : [`of the group only ${isNew.filter(Boolean).length} are new`];
}

/** What an act answered before the power went is still so. */
function toldViolations(world: World, objects: ReadonlyMap<string, Buffer>, told: unknown): string[] {
  if (!Array.isArray(told)) return [];
  return (told as { key: string; outcome?: string }[]).flatMap(({ key, outcome }) => {
    if (outcome !== 'promoted') return [];
    const tag = tagAt(world, objects, key) || '-';
    return tag === world.may.get(key)!.at(-1) ? [] : [`${key}: told promoted, readers find ${tag}`];
  });
}

function tagAt(world: World, objects: ReadonlyMap<string, Buffer>, key: string): string {
  return [...wholeTags(dataFiles(objects, `${world.layout.root.path}${key}/`).values())].join();
}

function storeOn(machine: Machine, clock: World['clock']) {
  return createLocalStore({ fs: machine.fs, clock, pageSize: 3 });
}

function rawOf(disk: PowerLossDisk): World['raw'] {
  return { snapshot: () => Promise.resolve(disk.files()) };
}
