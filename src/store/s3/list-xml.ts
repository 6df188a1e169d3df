/**
 * Reads the XML of one listing page: a scanner for exactly this document, several times faster than a general parser
 * and stricter: what is not a whole ListBucketResult is refused, never read as an empty one. Pure.
 */

export interface ScannedObject {
  readonly path: string;
  readonly size: number;
  readonly etag: string;
  readonly lastModified: number;
  readonly storageClass?: string;
}

export interface ScannedPage {
  readonly objects: readonly ScannedObject[];
  readonly prefixes: readonly string[];
  readonly truncated: boolean;
  readonly token: string | null;
  /** As the store counts: objects and prefixes; null where it does not say. */
  readonly keyCount: number | null;
  /** The prefix that was answered; null where the store does not say. */
  readonly prefix: string | null;
}

/** The document is no whole listing; the message says why. */
export class ListingSyntaxError extends Error {}

type Fields = Record<string, string>;

/** Throws ListingSyntaxError. */
export function scanListing(xml: string): ScannedPage {
  const objects: Fields[] = [];
  const prefixes: string[] = [];
  const page: Fields = {};
  const open: string[] = [];
  let item: Fields = {};
  let at = 0;
  let ended = false;
  for (;;) {
    const lt = xml.indexOf('<', at);
    if (lt < 0) break;
    const gt = xml.indexOf('>', lt);
    if (gt < 0) throw new ListingSyntaxError('the document ends inside a tag');
    at = gt + 1;
    const first = xml.charCodeAt(lt + 1);
    if (first === QUESTION || first === BANG) continue;
    if (first === SLASH) {
      const name = xml.slice(lt + 2, gt).trimEnd();
      if (open.pop() !== name) throw new ListingSyntaxError(`</${name.slice(0, 40)}> closes nothing`);
      if (name === 'Contents') objects.push(item);
      if (open.length === 0) ended = true;
      continue;
    }
    const name = tagName(xml, lt + 1, gt);
    if (open.length === 0 && (ended || name !== 'ListBucketResult'))
      throw new ListingSyntaxError(`the document is <${name.slice(0, 40)}>, not a listing`);
    if (xml.charCodeAt(gt - 1) === SLASH) continue;
    const next = xml.indexOf('<', at);
    if (next < 0) throw new ListingSyntaxError('the document ends inside an element');
    if (xml.charCodeAt(next + 1) !== SLASH) {
      if (name === 'Contents') item = {};
      open.push(name);
      continue;
    }
    if (!xml.startsWith(name, next + 2)) throw new ListingSyntaxError(`<${name.slice(0, 40)}> is not closed`);
    const value = xml.slice(at, next);
    const close = xml.indexOf('>', next);
    if (close < 0) throw new ListingSyntaxError('the document ends inside a tag');
    at = close + 1;
    const parent = open.at(-1);
    if (open.length === 0) ended = true;
    else if (parent === 'Contents') item[name] = value;
    else if (parent === 'CommonPrefixes') {
      if (name === 'Prefix') prefixes.push(value);
    } else if (parent === 'ListBucketResult') page[name] = value;
  }
  if (!ended || open.length > 0) throw new ListingSyntaxError('the document is not whole');
  return pageOf(page, objects, prefixes);
}

const SLASH = 47;
const QUESTION = 63;
const BANG = 33;

function tagName(xml: string, start: number, gt: number): string {
  const end = xml.charCodeAt(gt - 1) === SLASH ? gt - 1 : gt;
  const text = xml.slice(start, end);
  const space = text.search(/\s/);
  return space < 0 ? text : text.slice(0, space);
}

function pageOf(page: Fields, items: readonly Fields[], prefixes: readonly string[]): ScannedPage {
  // Never asked for; some stores do it all the same and then say so.
  const decode = page['EncodingType'] === 'url' ? decodeUrl : decodeEntities;
  const { IsTruncated, KeyCount, NextContinuationToken } = page;
  if (IsTruncated !== 'true' && IsTruncated !== 'false')
    throw new ListingSyntaxError('the document does not say whether it is the last page');
  return {
    objects: items.map((item) => objectOf(item, decode)),
    prefixes: prefixes.map(decode),
    truncated: IsTruncated === 'true',
    token: NextContinuationToken === undefined ? null : decodeEntities(NextContinuationToken),
    keyCount: KeyCount === undefined ? null : Number(KeyCount),
    prefix: page['Prefix'] === undefined ? null : decode(page['Prefix']),
  };
}

function objectOf(item: Fields, decode: (text: string) => string): ScannedObject {
  const { Key, Size, ETag, LastModified, StorageClass } = item;
  const lastModified = Date.parse(LastModified ?? '');
  const size = Number(Size);
  if (Key === undefined || Size === undefined || !Number.isSafeInteger(size) || size < 0)
    throw new ListingSyntaxError('an entry has no key or no size');
  if (ETag === undefined || Number.isNaN(lastModified))
    throw new ListingSyntaxError(`the entry ${Key.slice(0, 80)} has no ETag or no date`);
  return {
    path: own(decode(Key)),
    size,
    etag: own(unquoted(decodeEntities(ETag))),
    lastModified,
    ...(StorageClass === undefined ? {} : { storageClass: own(StorageClass) }),
  };
}

/** An ETag without its quotes: the form that lakefill keeps everywhere. */
export function unquoted(etag: string): string {
  return etag.startsWith('"') && etag.endsWith('"') ? etag.slice(1, -1) : etag;
}

/** A copy: a slice would keep the text of its whole page alive for as long as the entry lives. */
function own(slice: string): string {
  const copy = Buffer.from(slice, 'utf8').toString('utf8');
  return copy;
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };

export function decodeEntities(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(
    /&(?:#x([0-9a-fA-F]+)|#(\d+)|(\w+));/g,
    (whole, hex: string, decimal: string, name: string) => {
      if (hex) return String.fromCodePoint(parseInt(hex, 16));
      if (decimal) return String.fromCodePoint(Number(decimal));
      const text = ENTITIES[name];
      if (text === undefined) throw new ListingSyntaxError(`${whole} is not an entity of XML`);
      return text;
    },
  );
}

function decodeUrl(text: string): string {
  try {
    return decodeURIComponent(decodeEntities(text).replaceAll('+', ' '));
  } catch {
    throw new ListingSyntaxError(`the key ${text.slice(0, 80)} is not URL-encoded as announced`);
  }
}
