/** Listings that are not what is there: each a rewriting of the true answer, seen from real stores and proxies. */

export type Lie =
  /** Half of the keys are left out while KeyCount still counts them. */
  | 'short'
  /** 200 with no body at all. */
  | 'empty'
  /** 200 with a proxy's HTML page. */
  | 'html'
  /** A key that is not below the prefix. */
  | 'foreign'
  /** The first key comes last. */
  | 'unsorted'
  /** IsTruncated, but no token to go on with. */
  | 'no-token'
  /** The token that was sent comes back as the next one. */
  | 'repeat-token'
  /** The XML ends in the middle. */
  | 'cut'
  /** The answer to a question about another prefix. */
  | 'other-prefix';

const CONTENTS = /<Contents>[\s\S]*?<\/Contents>/g;

export function tellLie(lie: Lie, answer: Buffer, query: URLSearchParams): Buffer {
  const xml = answer.toString();
  const items = xml.match(CONTENTS) ?? [];
  const withItems = (changed: readonly string[]) => {
    const start = xml.indexOf('<Contents>');
    if (start < 0) return xml;
    return (
      xml.slice(0, start) +
      changed.join('') +
      xml.slice(xml.lastIndexOf('</Contents>') + '</Contents>'.length)
    );
  };
  switch (lie) {
    case 'empty':
      return Buffer.alloc(0);
    case 'html':
      return Buffer.from('<html><body><h1>502 Bad Gateway</h1></body></html>');
    case 'short':
      return Buffer.from(withItems(items.slice(0, Math.floor(items.length / 2))));
    case 'unsorted':
      return Buffer.from(withItems([...items.slice(1), items[0] ?? '']));
    case 'foreign':
      return Buffer.from(
        withItems(
          items.map((item, i) => (i === 0 ? item.replace(/<Key>[^<]*/, '<Key>!elsewhere/file') : item)),
        ),
      );
    case 'cut':
      return Buffer.from(xml.slice(0, Math.floor(xml.length * 0.7)));
    case 'no-token':
      return Buffer.from(truncated(xml).replace(/<NextContinuationToken>.*?<\/NextContinuationToken>/, ''));
    case 'repeat-token': {
      const token = query.get('continuation-token') ?? 'again';
      const without = truncated(xml).replace(/<NextContinuationToken>.*?<\/NextContinuationToken>/, '');
      return Buffer.from(
        without.replace(
          '</ListBucketResult>',
          `<NextContinuationToken>${token}</NextContinuationToken></ListBucketResult>`,
        ),
      );
    }
    case 'other-prefix':
      return Buffer.from(xml.replace(/<Prefix>[^<]*<\/Prefix>/, '<Prefix>another/</Prefix>'));
  }
}

const truncated = (xml: string) => xml.replace('<IsTruncated>false', '<IsTruncated>true');
