/** Just enough XML: elements to text, and the few request bodies that the protocol has. Not a general parser. */

export type XmlValue = string | number | boolean | XmlNode | readonly XmlNode[] | undefined;
export interface XmlNode {
  readonly [name: string]: XmlValue;
}

const ESCAPES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#13;',
};

export function escapeXml(text: string): string {
  return text.replace(
    /[&<>"\u0000-\u0008\u000b-\u001f]/g,
    (c) => ESCAPES[c] ?? `&#x${c.charCodeAt(0).toString(16)};`,
  );
}

/** `{ a: 1, b: [{ c: 2 }, { c: 3 }] }` -> `<a>1</a><b><c>2</c></b><b><c>3</c></b>`; undefined members are left out. */
export function elements(node: XmlNode): string {
  let text = '';
  for (const [name, value] of Object.entries(node)) {
    if (value === undefined) continue;
    if (Array.isArray(value)) {
      for (const item of value as readonly XmlNode[]) text += `<${name}>${elements(item)}</${name}>`;
    } else if (typeof value === 'object') text += `<${name}>${elements(value as XmlNode)}</${name}>`;
    else text += `<${name}>${escapeXml(String(value))}</${name}>`;
  }
  return text;
}

export function document(root: string, node: XmlNode): Buffer {
  return Buffer.from(
    `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${elements(node)}</${root}>`,
  );
}

const ENTITIES: Record<string, string> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };

export function unescapeXml(text: string): string {
  return text.replace(/&(#x[0-9a-f]+|#\d+|\w+);/gi, (whole, name: string) => {
    if (name.startsWith('#x')) return String.fromCodePoint(parseInt(name.slice(2), 16));
    if (name.startsWith('#')) return String.fromCodePoint(Number(name.slice(1)));
    return ENTITIES[name] ?? whole;
  });
}

/** The inner XML of every element of that name, in order. Elements of one name do not nest in these documents. */
export function inner(xml: string, name: string): string[] {
  return [...xml.matchAll(new RegExp(`<${name}(?:\\s[^>]*)?>([\\s\\S]*?)</${name}>`, 'g'))].map((m) => m[1]!);
}

/** The text of the first element of that name. */
export function textOf(xml: string, name: string): string | undefined {
  const found = inner(xml, name)[0];
  return found === undefined ? undefined : unescapeXml(found);
}
