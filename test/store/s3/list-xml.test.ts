import { describe, expect, it } from 'vitest';
import { ListingSyntaxError, scanListing as scanBytes } from '../../../src/store/s3/list-xml.js';

const scanListing = (xml: string) => scanBytes(Buffer.from(xml));

const item = (key: string) =>
  `<Contents><Key>${key}</Key><LastModified>2025-01-02T03:04:05.000Z</LastModified><ETag>&quot;abc-2&quot;</ETag><ChecksumAlgorithm>CRC32</ChecksumAlgorithm><Size>12</Size><Owner><ID>1</ID><DisplayName>Key</DisplayName></Owner><StorageClass>STANDARD</StorageClass></Contents>`;
const page = (inner: string, head = '<IsTruncated>false</IsTruncated>') =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><Prefix>p/</Prefix>${head}${inner}</ListBucketResult>`;

describe('scanListing', () => {
  it('reads entries, prefixes and where to go on', () => {
    const scanned = scanListing(
      page(
        `${item('p/a')}<CommonPrefixes><Prefix>p/d/</Prefix></CommonPrefixes>`,
        '<KeyCount>2</KeyCount><IsTruncated>true</IsTruncated><NextContinuationToken>1&amp;2</NextContinuationToken>',
      ),
    );
    expect(scanned).toEqual({
      objects: [
        {
          path: 'p/a',
          size: 12,
          etag: 'abc-2',
          lastModified: Date.UTC(2025, 0, 2, 3, 4, 5),
          storageClass: 'STANDARD',
        },
      ],
      prefixes: ['p/d/'],
      truncated: true,
      token: '1&2',
      keyCount: 2,
      prefix: 'p/',
    });
  });

  it('reads every character that XML writes in its own way', () => {
    const keys = scanListing(page(item('p/&lt;a&gt;&amp;&quot;&apos;&#x1;&#13;\n😀 +%41'))).objects.map(
      (o) => o.path,
    );
    expect(keys).toEqual(['p/<a>&"\'\u0001\r\n😀 +%41']);
  });

  it('decodes URL encoding only where the answer says that it is there', () => {
    const encoded = page(
      item('p/a%3Db+c'),
      '<EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>',
    );
    expect(scanListing(encoded).objects[0]!.path).toBe('p/a=b c');
  });

  it('takes an empty page, and elements without content', () => {
    expect(scanListing(page('<Delimiter/><Marker></Marker>')).objects).toEqual([]);
  });

  it.each([
    ['nothing', ''],
    ['a web page', '<html><body>502</body></html>'],
    ['another document', '<?xml version="1.0"?><Error><Code>X</Code></Error>'],
    ['an end in the middle', page(item('p/a')).slice(0, 200)],
    ['a missing end', page(item('p/a')).replace('</ListBucketResult>', '')],
    ['no word on being the last', page('', '')],
    ['an entry without a key', page(item('p/a').replace(/<Key>.*?<\/Key>/, ''))],
    ['an entry without a size', page(item('p/a').replace('12', ''))],
    ['an entry without an ETag', page(item('p/a').replace(/<ETag>.*?<\/ETag>/, ''))],
    ['an entry with a bad date', page(item('p/a').replace('2025-01-02', 'soon'))],
    ['two documents', page('') + page('')],
    ['an unknown entity', page(item('p/&nbsp;'))],
  ])('refuses %s', (_, xml) => {
    if (_ === 'an entry without a size') xml = xml.replace('<Size></Size>', '');
    expect(() => scanListing(xml)).toThrow(ListingSyntaxError);
  });
});
