/**
 * A how-to page as steps. Files stand in fences with their path behind the language (```yaml partitions/sales.yaml), data is made
 * by ```sql setup (DuckDB, run in the project's folder), and ```console holds `$ command` lines with the output of each below it.
 * Everything else is prose.
 */

const FENCE = /^```(\w+)(?: (\S+))?$/;

/** Steps in their order: { kind: 'text' | 'file' | 'setup' | 'console', lines, path?, head? }. Their lines together are the page. */
export function parsePage(text) {
  const steps = [{ kind: 'text', lines: [] }];
  for (const line of text.split('\n')) {
    const last = steps.at(-1);
    if (last.kind !== 'text') {
      if (line === '```') steps.push({ kind: 'text', lines: [line] });
      else last.lines.push(line);
      continue;
    }
    last.lines.push(line);
    const [, language, path] = FENCE.exec(line) ?? [];
    if (language === undefined) continue;
    const kind = language === 'console' ? 'console' : path === 'setup' ? 'setup' : path ? 'file' : 'other';
    steps.push({ kind, path, lines: [] });
  }
  if (steps.at(-1).kind !== 'text') throw new Error('A fence is not closed.');
  return steps;
}

export function formatPage(steps) {
  return steps.flatMap((step) => step.lines).join('\n');
}

/** Commands of a console step, each with the lines below it. */
export function commandsOf(lines) {
  const commands = [];
  for (const line of lines) {
    if (line.startsWith('$ ')) commands.push({ command: line.slice(2), output: [] });
    else if (commands.length === 0) throw new Error(`A console block begins with output: ${line}`);
    else commands.at(-1).output.push(line);
  }
  // A command goes on while its lines end with a backslash.
  for (const one of commands) while (one.command.endsWith('\\')) one.command += `\n${one.output.shift()}`;
  return commands;
}
