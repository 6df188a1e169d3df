/**
 * A server for list-s3.mjs, in a process of its own: answers ListObjectsV2 over made-up keys and nothing else, with a
 * waiting time per request, so that what is measured is the client. Arguments: number of keys, milliseconds to wait.
 */
import { createServer } from 'node:http';

const count = Number(process.argv[2]);
const wait = Number(process.argv[3]);
const DAYS = 300;
const perDay = Math.ceil(count / DAYS);
const day = (i) => new Date(Date.UTC(2024, 0, 1 + Math.floor(i / perDay))).toISOString().slice(0, 10);
const keyAt = (i) =>
  `clean/sales/dt=${day(i)}/part-g0000000001-1f9a3c5e7b2d4f60-${String(i % perDay).padStart(6, '0')}.parquet`;

function firstAfter(path) {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (keyAt(middle) <= path) low = middle + 1;
    else high = middle;
  }
  return low;
}

const entry = (i) =>
  `<Contents><Key>${keyAt(i)}</Key><LastModified>2025-01-02T03:04:05.000Z</LastModified><ETag>&quot;9b2cf535f27731c974343645a3985328-${i}&quot;</ETag><ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType><Size>${1000 + i}</Size><StorageClass>STANDARD</StorageClass></Contents>`;

function page(query) {
  const prefix = query.get('prefix') ?? '';
  const limit = Number(query.get('max-keys') ?? 1000);
  const from = query.has('continuation-token')
    ? Number(query.get('continuation-token'))
    : firstAfter(query.get('start-after') ?? '');
  const parts = [];
  let next = from;
  if (query.get('delimiter') === '/') {
    const seen = new Set();
    for (; next < count && seen.size < limit; next = firstAfter(`${prefix}dt=${day(next)}0`)) {
      seen.add(`<CommonPrefixes><Prefix>${prefix}dt=${day(next)}/</Prefix></CommonPrefixes>`);
    }
    parts.push(...seen);
  } else {
    for (; next < count && parts.length < limit; next += 1) parts.push(entry(next));
  }
  const more = next < count;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>lake</Name><Prefix>${prefix}</Prefix><KeyCount>${parts.length}</KeyCount><MaxKeys>${limit}</MaxKeys><IsTruncated>${more}</IsTruncated>${more ? `<NextContinuationToken>${next}</NextContinuationToken>` : ''}${parts.join('')}</ListBucketResult>`;
}

const cache = new Map();
const server = createServer((request, response) => {
  const { search } = new URL(request.url, 'http://host');
  let body = cache.get(search);
  if (!body) cache.set(search, (body = Buffer.from(page(new URLSearchParams(search)))));
  const answer = () =>
    response.writeHead(200, { 'content-type': 'application/xml', 'content-length': body.length }).end(body);
  if (wait > 0) setTimeout(answer, wait);
  else answer();
});
server.listen(0, '127.0.0.1', () => process.send(server.address().port));
process.once('disconnect', () => process.exit(0));
