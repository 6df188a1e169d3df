/**
 * `${NAME}` in the values of definitions. `$${NAME}` stays `${NAME}`.
 *
 * Values of variables may be secret: they go into the dataset only, and `redact` takes them out of whatever is
 * shown to a person.
 */
const REFERENCE = /\$?\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;
/** Shorter values than this are taken out of messages only at the value that uses them: `1` stands in every text. */
const SHORTEST_SECRET = 4;

export class Variables {
  readonly #used = new Map<string, string>();

  constructor(private readonly env: Readonly<Record<string, string | undefined>>) {}

  /** The text with its variables expanded, and the names that are not set (left as they stand). */
  expand(text: string): { readonly text: string; readonly missing: readonly string[] } {
    const missing: string[] = [];
    const expanded = text.replace(REFERENCE, (whole, name: string) => {
      if (whole.startsWith('$$')) return whole.slice(1);
      const value = this.env[name];
      if (value === undefined) {
        missing.push(name);
        return whole;
      }
      this.#used.set(name, value);
      return value;
    });
    return { text: expanded, missing };
  }

  /** Replaces every value that an expansion put in, longest first, by its `${NAME}`. `source` is the value as written. */
  redact(message: string, source: string | null): string {
    const own = new Set([...(source ?? '').matchAll(REFERENCE)].map((m) => m[1]));
    return [...this.#used]
      .filter(([name, value]) => value !== '' && (value.length >= SHORTEST_SECRET || own.has(name)))
      .sort(([, a], [, b]) => b.length - a.length)
      .reduce((text, [name, value]) => text.replaceAll(value, `\${${name}}`), message);
  }
}

/** True when the text refers to a variable. */
export function hasVariable(text: string): boolean {
  return text.search(REFERENCE) >= 0;
}
