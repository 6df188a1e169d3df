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

/** Throws ListingSyntaxError. */
export function scanListing(bytes: Buffer): ScannedPage {
  return new Scanner(bytes).scan();
}

const SLASH = 47;
const QUESTION = 63;
const BANG = 33;
const GREATER = 62;
const NAMES = ['Key', 'LastModified', 'ETag', 'Size', 'StorageClass'] as const;

class Scanner {
  private readonly xml: string;
  /** In ASCII a character is a byte, and fields are copied from the bytes: slices would keep the whole page alive. */
  private readonly ascii: boolean;
  private readonly open: string[] = [];
  private readonly objects: ScannedObject[] = [];
  private readonly prefixes: string[] = [];
  private readonly page: Record<string, string> = {};
  private item = new Item();
  private ended = false;
  /** Directly inside an entry. */
  private inEntry = false;

  constructor(private readonly bytes: Buffer) {
    this.xml = bytes.toString('utf8');
    this.ascii = this.xml.length === bytes.length;
  }

  scan(): ScannedPage {
    const { xml, open } = this;
    let at = 0;
    for (;;) {
      const lt = xml.indexOf('<', at);
      if (lt < 0) break;
      const gt = this.find('>', lt, 'inside a tag');
      if (this.inEntry) {
        const after = this.plainField(lt + 1, gt);
        if (after > 0) {
          at = after;
          continue;
        }
      }
      at = gt + 1;
      const first = xml.charCodeAt(lt + 1);
      if (first === QUESTION || first === BANG) continue;
      if (first === SLASH) {
        this.close(xml.slice(lt + 2, gt).trimEnd());
        continue;
      }
      const name = this.tagName(lt + 1, gt);
      if (open.length === 0 && (this.ended || name !== 'ListBucketResult'))
        throw new ListingSyntaxError(`the document is <${name.slice(0, 40)}>, not a listing`);
      if (xml.charCodeAt(gt - 1) === SLASH) {
        this.notAnEntry(name);
        continue;
      }
      const next = this.find('<', at, 'inside an element');
      if (xml.charCodeAt(next + 1) !== SLASH) {
        open.push(name);
        this.inEntry = name === 'Contents';
        continue;
      }
      if (!xml.startsWith(name, next + 2))
        throw new ListingSyntaxError(`<${name.slice(0, 40)}> is not closed`);
      this.notAnEntry(name);
      this.leaf(name, at, next);
      at = this.find('>', next, 'inside a tag') + 1;
    }
    if (!this.ended || open.length > 0) throw new ListingSyntaxError('the document is not whole');
    return this.result();
  }

  /** An entry with nothing in it names no object: the page is not what the store has. */
  private notAnEntry(name: string): void {
    if (name === 'Contents') throw new ListingSyntaxError('an entry has no key');
  }

  private find(mark: string, from: number, where: string): number {
    const found = this.xml.indexOf(mark, from);
    if (found < 0) throw new ListingSyntaxError(`the document ends ${where}`);
    return found;
  }

  private tagName(start: number, gt: number): string {
    const text = this.xml.slice(start, this.xml.charCodeAt(gt - 1) === SLASH ? gt - 1 : gt);
    const space = text.indexOf(' ');
    return space < 0 ? text : text.slice(0, space);
  }

  private close(name: string): void {
    if (this.open.pop() !== name) throw new ListingSyntaxError(`</${name.slice(0, 40)}> closes nothing`);
    if (name === 'Contents') {
      this.objects.push(this.object());
      this.item = new Item();
    }
    this.inEntry = this.open.at(-1) === 'Contents';
    if (this.open.length === 0) this.ended = true;
  }

  /** `<Name>text</Name>` of an entry, nine tenths of a page, without making a string of the name. 0: read it the long way. */
  private plainField(start: number, gt: number): number {
    const { xml } = this;
    const first = xml.charCodeAt(start);
    const next = xml.indexOf('<', gt);
    const length = gt - start;
    const end = next + 2 + length;
    const closes =
      next > 0 &&
      xml.charCodeAt(next + 1) === SLASH &&
      xml.charCodeAt(next + 2) === first &&
      xml.charCodeAt(end - 1) === xml.charCodeAt(gt - 1) &&
      xml.charCodeAt(end) === GREATER;
    if (!closes || first === SLASH || xml.charCodeAt(gt - 1) === SLASH) return 0;
    // Of the names that matter no two share initial and length; others of that shape are told apart in full.
    const name = NAMES.find((n) => n.length === length && n.charCodeAt(0) === first);
    if (name !== undefined && xml.startsWith(name, start)) this.field(name, gt + 1, next);
    return end + 1;
  }

  private leaf(name: string, start: number, end: number): void {
    const parent = this.open.at(-1);
    if (parent === 'Contents') this.field(name, start, end);
    else if (parent === 'CommonPrefixes') {
      if (name === 'Prefix') this.prefixes.push(this.textAt(start, end));
    } else if (parent === 'ListBucketResult') this.page[name] = this.textAt(start, end);
    else if (parent === undefined) this.ended = true;
  }

  private field(name: string, start: number, end: number): void {
    switch (name) {
      case 'Key':
        this.item.path = this.textAt(start, end);
        break;
      case 'Size':
        this.item.size = end > start ? Number(this.xml.slice(start, end)) : NaN;
        break;
      case 'ETag':
        this.item.etag = this.etagAt(start, end);
        break;
      case 'LastModified':
        this.item.lastModified = Date.parse(this.xml.slice(start, end));
        break;
      case 'StorageClass':
        this.item.storageClass = interned(this.xml.slice(start, end));
    }
  }

  /** The text of a field, in memory of its own. */
  private textAt(start: number, end: number): string {
    if (this.ascii) return decodeEntities(this.bytes.toString('latin1', start, end));
    return decodeEntities(Buffer.from(this.xml.slice(start, end), 'utf8').toString('utf8'));
  }

  /** Nearly always `&quot;...&quot;`. */
  private etagAt(start: number, end: number): string {
    const quote = '&quot;';
    if (this.xml.startsWith(quote, start) && this.xml.startsWith(quote, end - quote.length))
      return this.textAt(start + quote.length, end - quote.length);
    return unquoted(this.textAt(start, end));
  }

  private object(): ScannedObject {
    const { path, size, etag, lastModified, storageClass } = this.item;
    if (path === '' || !Number.isSafeInteger(size) || size < 0)
      throw new ListingSyntaxError('an entry has no key or no size');
    if (etag === '' || Number.isNaN(lastModified))
      throw new ListingSyntaxError(`the entry ${path.slice(0, 80)} has no ETag or no date`);
    if (storageClass === '') return { path, size, etag, lastModified };
    return { path, size, etag, lastModified, storageClass };
  }

  private result(): ScannedPage {
    const { IsTruncated, KeyCount, NextContinuationToken, EncodingType, Prefix } = this.page;
    if (IsTruncated !== 'true' && IsTruncated !== 'false')
      throw new ListingSyntaxError('the document does not say whether it is the last page');
    // URL encoding is never asked for; some stores do it all the same and then say so.
    const decode = EncodingType === 'url' ? decodeUrl : null;
    return {
      objects: decode ? this.objects.map((o) => ({ ...o, path: decode(o.path) })) : this.objects,
      prefixes: decode ? this.prefixes.map(decode) : this.prefixes,
      truncated: IsTruncated === 'true',
      token: NextContinuationToken ?? null,
      keyCount: KeyCount === undefined ? null : Number(KeyCount),
      prefix: Prefix === undefined ? null : decode ? decode(Prefix) : Prefix,
    };
  }
}

/** The fields of the entry being read; as they are here, they are missing. */
class Item {
  path = '';
  size = NaN;
  etag = '';
  lastModified = NaN;
  storageClass = '';
}

const names = new Map<string, string>();

/** One string per storage class, not one per object. */
function interned(name: string): string {
  const known = names.get(name);
  if (known !== undefined) return known;
  const own = Buffer.from(name, 'utf8').toString('utf8');
  if (names.size < 100) names.set(own, own);
  return own;
}

/** An ETag without its quotes: the form that lakefill keeps everywhere. */
export function unquoted(etag: string): string {
  return etag.startsWith('"') && etag.endsWith('"') ? etag.slice(1, -1) : etag;
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
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw new ListingSyntaxError(`the key ${text.slice(0, 80)} is not URL-encoded as announced`);
  }
}
