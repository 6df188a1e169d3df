/**
 * What is certainly wrong with a regular expression in RE2 syntax, told from its text, so that a definition is refused
 * before any data is read. It does not parse: a pattern of which this knows nothing bad may still be refused by the engine.
 */
const REPEAT = /(?:[*+?]|\{\d+(?:,\d*)?\})\??/y;
const REFUSED: readonly (readonly [RegExp, string])[] = [
  [/\\[1-9](?![0-7])/y, 'refers back to a group, which RE2 cannot'],
  [/\(\?<?[=!]/y, 'looks around, which RE2 cannot'],
];
/** What stands for itself: an escape, a quoted stretch, a class. */
const ATOM =
  /\\Q[^]*?(?:\\E|$)|\\[xpP]\{\^?\w+\}|\\[^]|\[\^?(?:\[:\^?\w+:\]|\\[^]|[^\\])(?:\[:\^?\w+:\]|\\[^]|[^\]\\])*\]/y;

/** Null when nothing is known to be wrong. */
export function regexProblem(regex: string): string | null {
  let open = 0;
  // Whether what stands before can be repeated: nothing can at the start of a group or an alternative.
  let repeatable = false;
  for (let at = 0; at < regex.length;) {
    const refused = REFUSED.find(([form]) => matchAt(form, regex, at) !== null);
    if (refused !== undefined) return `${quoted(regex, at)} ${refused[1]}`;
    const char = regex.charAt(at);
    const repeat = matchAt(REPEAT, regex, at);
    const atom = matchAt(ATOM, regex, at);
    if (repeat !== null && !repeatable) return `${quoted(regex, at)} has nothing to repeat`;
    if (char === '[' && atom === null) return `the [ of ${quoted(regex, at)} is not closed with ]`;
    if (char === '\\' && atom === null) return 'ends in a lone backslash';
    if (char === ')' && open === 0) return `the ) of ${quoted(regex, at)} closes no (`;
    open += char === '(' ? 1 : char === ')' ? -1 : 0;
    repeatable = repeat === null && char !== '(' && char !== '|';
    at += groupHead(regex, at) ?? repeat?.length ?? atom?.length ?? 1;
  }
  return open > 0 ? 'a ( is not closed with )' : null;
}

/** The length of `(?i)`, `(?:`, `(?P<name>`; null where no such group begins. */
function groupHead(regex: string, at: number): number | null {
  return matchAt(/\(\?(?:P?<\w+>|[a-zA-Z-]*:)?/y, regex, at)?.length ?? null;
}

function matchAt(form: RegExp, text: string, at: number): string | null {
  form.lastIndex = at;
  return form.exec(text)?.[0] ?? null;
}

function quoted(regex: string, at: number): string {
  return `'${regex.slice(at, at + 12)}'`;
}
