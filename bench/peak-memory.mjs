/** Peak resident memory and CPU seconds of a process and all its children, by looking at /proc every 50 ms (Linux). */
import { readdirSync, readFileSync } from 'node:fs';

const TICKS = 100;

export function peakMemory(root) {
  let peak = 0;
  const cpu = new Map();
  const look = () => {
    const family = familyOf(root);
    let sum = 0;
    for (const pid of family) {
      try {
        const rss = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
        sum += rss ? Number(rss[1]) / 1024 : 0;
        const fields = statOf(pid);
        cpu.set(pid, (Number(fields[11]) + Number(fields[12])) / TICKS);
      } catch {
        // The process ended between the two looks.
      }
    }
    peak = Math.max(peak, sum);
  };
  const timer = setInterval(look, 50);
  return {
    stop() {
      clearInterval(timer);
      return { peakMb: peak, cpu: [...cpu.values()].reduce((a, b) => a + b, 0) };
    },
  };
}

function statOf(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function familyOf(root) {
  const parents = new Map();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      parents.set(Number(name), Number(statOf(name)[1]));
    } catch {
      // The process ended meanwhile.
    }
  }
  const family = new Set([root]);
  for (let grown = true; grown;) {
    grown = false;
    for (const [pid, parent] of parents) {
      if (family.has(parent) && !family.has(pid)) {
        family.add(pid);
        grown = true;
      }
    }
  }
  return family;
}
