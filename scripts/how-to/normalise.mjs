/**
 * What may differ between two executions of a page: ids of runs, times, durations, sizes, which partition ended first, the
 * folder, who and where. In a page ids are numbered in the order in which they first appear, so that commands can name them:
 * 20250204T060000-000001 is the first.
 */
import { hostname, userInfo } from 'node:os';

const ID = /\b\d{8}T\d{6}-[0-9a-f]{6}\b/g;

/** Ids of one execution and their names in the page. */
export class Ids {
  #names = new Map();

  /** Output of a command as the page shows it. */
  toPage(text) {
    return text.replace(ID, (id) => {
      if (!this.#names.has(id)) this.#names.set(id, nameOf(this.#names.size + 1));
      return this.#names.get(id);
    });
  }

  /** A command of the page as it is run. */
  fromPage(text) {
    const ids = new Map([...this.#names].map(([id, name]) => [name, id]));
    return text.replace(ID, (name) => ids.get(name) ?? name);
  }
}

function nameOf(number) {
  return `20250204T060000-${String(number).padStart(6, '0')}`;
}

/** Without the folder and the person. */
export function anonymous(text, folder) {
  let who;
  try {
    who = userInfo().username;
  } catch {
    who = `uid-${process.getuid()}`;
  }
  return text.replaceAll(folder, '/home/ana/my-lake').replaceAll(`${who}@${hostname()}`, 'ana@etl-1');
}

const VARIABLE = [
  [/\b20\d\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z/g, (at) => (recent(at) ? '<time>' : at)],
  [/\b\d+ h \d\d min\b|\b\d+ min \d\d s\b|\b\d+(\.\d+)? s\b/g, '<duration>'],
  [/\b\d+(\.\d+)? ([KMGT]iB|B)\b/g, '<size>'],
  [/\b\d+ bytes\b/g, '<size>'],
  [
    /"(seconds|fetch|transform|check|stage|promote|bytes|readBytes|writeBytes|done)": ?[\d.]+/g,
    '"$1": <number>',
  ],
  [/\b[0-9a-f]{32,64}\b/g, '<digest>'],
  [/ {2,}/g, '  '],
];

/** Instants of the data stay; those of the execution and of the day on which the page was written do not. */
function recent(at) {
  return Date.parse(at.replace(' ', 'T')) > Date.parse('2025-06-01');
}

/** Lines to compare. Rows of partitions end in any order, so neighbouring ones are sorted and lose their number. */
export function comparable(lines) {
  const plain = lines
    .map((line) => VARIABLE.reduce((text, [pattern, by]) => text.replace(pattern, by), line).trimEnd())
    .map((line) => line.replace(/^\[ ?\d+\/(\d+)\]/, '[n/$1]'));
  const sorted = [];
  for (let i = 0; i < plain.length;) {
    let end = i;
    while (end < plain.length && plain[end].startsWith('[n/')) end++;
    sorted.push(...plain.slice(i, Math.max(end, i + 1)).sort());
    i = Math.max(end, i + 1);
  }
  while (sorted.at(-1) === '') sorted.pop();
  return sorted;
}
