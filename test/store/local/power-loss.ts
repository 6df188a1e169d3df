/**
 * A disk in memory that knows what was fsynced: file contents by `sync`, names by `syncFolder` of their folder. A power loss
 * leaves what was fsynced, and of the rest as little, or as much, as a real disk might. Knows nothing of lakefill's files.
 */
import type { FileStat, FileSystem, OpenFile } from '../../../src/store/local/fs.js';
import { errno } from './altered-fs.js';

interface FileNode {
  readonly kind: 'file';
  readonly inode: bigint;
  bytes: Buffer;
  mtimeNs: bigint;
  /** What a power loss leaves of it for certain; null: it was never fsynced. */
  synced: { readonly bytes: Buffer; readonly mtimeNs: bigint } | null;
}

interface FolderNode {
  readonly kind: 'folder';
  readonly inode: bigint;
  names: Map<string, Node>;
  synced: Map<string, Node>;
}

type Node = FileNode | FolderNode;

/**
 * `nothing`: all that was not fsynced is lost. `names`: every name is there, contents that were not fsynced are empty.
 * `some`: each name and each content for itself, contents also cut anywhere.
 */
export type Loss = 'nothing' | 'names' | 'some';

/** Calls that change the disk or make a change durable, with the path whose name or content it is about. */
export interface DiskCall {
  readonly what:
    | 'create'
    | 'write'
    | 'stamp'
    | 'sync'
    | 'copy'
    | 'link'
    | 'rename'
    | 'unlink'
    | 'mkdir'
    | 'rmdir'
    | 'syncFolder';
  readonly path: string;
}

export interface Machine {
  readonly fs: FileSystem;
  /** Changing calls made so far. */
  readonly calls: readonly DiskCall[];
  /** Resolves when the power went. */
  readonly lost: Promise<void>;
}

export interface MachineOptions {
  /** The power goes right before this changing call; 1 is the first. From then on no call does anything or answers. */
  readonly dieAt?: number;
  /** Flushes that do nothing although they answer: a store that forgets them. */
  readonly forgets?: (call: DiskCall) => boolean;
}

export class PowerLossDisk {
  private constructor(
    private readonly root: FolderNode,
    private readonly state: { inodes: bigint; ticks: bigint },
    private readonly now: () => number,
  ) {}

  static empty(now: () => number): PowerLossDisk {
    const root: FolderNode = { kind: 'folder', inode: 1n, names: new Map(), synced: new Map() };
    return new PowerLossDisk(root, { inodes: 1n, ticks: 0n }, now);
  }

  /** The same disk once more, unflushed state included; changes of one do not show in the other. */
  clone(): PowerLossDisk {
    return this.changed(
      (names, synced) => ({ names, synced }),
      (file) => file,
    );
  }

  /** What a machine finds when it starts again. */
  afterPowerLoss(loss: Loss, random: () => number): PowerLossDisk {
    const choose = (names: Map<string, Node>, synced: Map<string, Node>): Map<string, Node> => {
      if (loss !== 'some') return loss === 'nothing' ? synced : names;
      const kept = new Map<string, Node>();
      for (const name of new Set([...names.keys(), ...synced.keys()])) {
        const node = (random() < 0.5 ? names : synced).get(name);
        if (node) kept.set(name, node);
      }
      return kept;
    };
    const remains = (file: FileNode): FileNode => {
      const { bytes, mtimeNs } = contentAfter(file, loss, random);
      return { ...file, bytes, mtimeNs, synced: { bytes, mtimeNs } };
    };
    return this.changed((names, synced) => {
      const kept = choose(names, synced);
      return { names: kept, synced: kept };
    }, remains);
  }

  /** Every file by path without the leading `/`: raw, as an outsider would read it. */
  files(): Map<string, Buffer> {
    const found = new Map<string, Buffer>();
    const visit = (folder: FolderNode, prefix: string) => {
      for (const [name, node] of folder.names) {
        if (node.kind === 'file') found.set(prefix + name, node.bytes);
        else visit(node, `${prefix}${name}/`);
      }
    };
    visit(this.root, '');
    return found;
  }

  /** A machine that works on this disk. */
  start(options: MachineOptions = {}): Machine {
    const calls: DiskCall[] = [];
    let dead = false;
    let die: () => void = () => undefined;
    const lost = new Promise<void>((resolve) => (die = resolve));
    const never = new Promise<never>(() => undefined);

    const change = async <T>(call: DiskCall, effect: () => T): Promise<T> => {
      await Promise.resolve();
      if (!dead && calls.length + 1 === options.dieAt) {
        dead = true;
        die();
      }
      if (dead) return never;
      calls.push(call);
      return effect();
    };
    const flush = (call: DiskCall, effect: () => void) =>
      change(call, () => {
        if (!options.forgets?.(call)) effect();
      });
    const look = async <T>(effect: () => T): Promise<T> => {
      await Promise.resolve();
      return dead ? never : effect();
    };
    const lookSync = <T>(effect: () => T): T => {
      if (dead) throw errno('EIO');
      return effect();
    };

    const opened = (path: string, file: Node): OpenFile => ({
      stat: () => look(() => this.statOf(file)),
      read: (start, length) => look(() => Buffer.from(fileOnly(file).bytes.subarray(start, start + length))),
      write: (bytes) =>
        change({ what: 'write', path }, () => {
          fileOnly(file).bytes = Buffer.concat([fileOnly(file).bytes, bytes]);
          fileOnly(file).mtimeNs = this.tick();
        }),
      setModified: (mtimeNs) =>
        change({ what: 'stamp', path }, () => {
          fileOnly(file).mtimeNs = mtimeNs;
        }),
      sync: () =>
        flush({ what: 'sync', path }, () => {
          const { bytes, mtimeNs } = fileOnly(file);
          fileOnly(file).synced = { bytes, mtimeNs };
        }),
      close: () => look(() => undefined),
    });

    const fs: FileSystem = {
      stat: (path) => look(() => this.statOf(this.find(path))),
      statSync: (path) => lookSync(() => this.statOf(this.find(path))),
      statTarget: (path) => look(() => this.statOf(this.find(path))),
      statTargetSync: (path) => lookSync(() => this.statOf(this.find(path))),
      readFolderSync: (path) =>
        lookSync(() => {
          const folder = folderOnly(this.find(path));
          return [...folder.names].map(([name, { kind }]) => ({ name, kind }));
        }),
      open: (path) => look(() => opened(path, this.find(path))),
      create: (path) => change({ what: 'create', path }, () => opened(path, this.add(path, this.newFile()))),
      copy: (from, to) =>
        change({ what: 'copy', path: to }, () => {
          const { bytes } = fileOnly(this.find(from));
          this.add(to, { ...this.newFile(), bytes });
        }),
      link: (from, to) =>
        change({ what: 'link', path: to }, () => {
          this.add(to, fileOnly(this.find(from)));
        }),
      rename: (from, to) => change({ what: 'rename', path: to }, () => this.rename(from, to)),
      unlink: (path) =>
        change({ what: 'unlink', path }, () => {
          fileOnly(this.find(path));
          const { folder, name } = this.place(path);
          folder.names.delete(name);
        }),
      mkdir: (path) =>
        change({ what: 'mkdir', path }, () => {
          this.add(path, { kind: 'folder', inode: ++this.state.inodes, names: new Map(), synced: new Map() });
        }),
      rmdir: (path) =>
        change({ what: 'rmdir', path }, () => {
          if (folderOnly(this.find(path)).names.size > 0) throw errno('ENOTEMPTY');
          const { folder, name } = this.place(path);
          folder.names.delete(name);
        }),
      syncFolder: (path) =>
        flush({ what: 'syncFolder', path }, () => {
          const folder = folderOnly(this.find(path));
          folder.synced = new Map(folder.names);
        }),
    };
    return { fs, calls, lost };
  }

  private rename(from: string, to: string): void {
    const node = this.find(from);
    const source = this.place(from);
    const target = this.place(to);
    const there = target.folder.names.get(target.name);
    if (there === node) return; // rename(2) of two links of one file does nothing
    if (there?.kind === 'folder') throw errno('EISDIR');
    source.folder.names.delete(source.name);
    target.folder.names.set(target.name, node);
  }

  private add<T extends Node>(path: string, node: T): T {
    const { folder, name } = this.place(path);
    if (folder.names.has(name)) throw errno('EEXIST');
    folder.names.set(name, node);
    return node;
  }

  private newFile(): FileNode {
    const inode = ++this.state.inodes;
    return { kind: 'file', inode, bytes: Buffer.alloc(0), mtimeNs: this.tick(), synced: null };
  }

  private place(path: string): { folder: FolderNode; name: string } {
    const at = path.lastIndexOf('/');
    return { folder: folderOnly(this.find(path.slice(0, at))), name: path.slice(at + 1) };
  }

  private find(path: string): Node {
    let node: Node = this.root;
    for (const segment of path.split('/').filter(Boolean)) {
      const next: Node | undefined = folderOnly(node).names.get(segment);
      if (!next) throw errno('ENOENT');
      node = next;
    }
    return node;
  }

  private tick(): bigint {
    this.state.ticks += 10_000n;
    return BigInt(this.now()) * 1_000_000n + (this.state.ticks % 1_000_000n);
  }

  private statOf(node: Node): FileStat {
    const isFile = node.kind === 'file';
    return {
      kind: node.kind,
      size: isFile ? node.bytes.length : 0,
      mtimeNs: isFile ? node.mtimeNs : 0n,
      ctimeMs: isFile ? Number(node.mtimeNs / 1_000_000n) : 0,
      inode: node.inode,
      device: 1n,
    };
  }

  /** A copy of the tree with each folder's names and each file put through a function; links stay links. */
  private changed(
    ofFolder: (names: Map<string, Node>, synced: Map<string, Node>) => Pick<FolderNode, 'names' | 'synced'>,
    ofFile: (file: FileNode) => FileNode,
  ): PowerLossDisk {
    const copies = new Map<Node, Node>();
    const copyOf = (node: Node): Node => {
      const known = copies.get(node);
      if (known) return known;
      if (node.kind === 'file') {
        const copy = { ...ofFile(node) };
        copies.set(node, copy);
        return copy;
      }
      const copy: FolderNode = { ...node, names: new Map(), synced: new Map() };
      copies.set(node, copy);
      const { names, synced } = ofFolder(node.names, node.synced);
      for (const [name, child] of names) copy.names.set(name, copyOf(child));
      for (const [name, child] of synced) copy.synced.set(name, copyOf(child));
      return copy;
    };
    return new PowerLossDisk(copyOf(this.root) as FolderNode, { ...this.state }, this.now);
  }
}

function contentAfter(
  file: FileNode,
  loss: Loss,
  random: () => number,
): { readonly bytes: Buffer; readonly mtimeNs: bigint } {
  const { bytes, mtimeNs, synced } = file;
  if (synced?.bytes === bytes && synced.mtimeNs === mtimeNs) return synced;
  if (loss !== 'some') return synced ?? { bytes: Buffer.alloc(0), mtimeNs };
  if (random() < 0.5) return { bytes, mtimeNs };
  return { bytes: bytes.subarray(0, Math.floor(random() * bytes.length)), mtimeNs };
}

function fileOnly(node: Node): FileNode {
  if (node.kind !== 'file') throw errno('EISDIR');
  return node;
}

function folderOnly(node: Node): FolderNode {
  if (node.kind !== 'folder') throw errno('ENOTDIR');
  return node;
}
