/** Makes a bucket on an S3-compatible server; one that is there already is fine. Usage: node create-bucket.mjs ENDPOINT [BUCKET] */
import { pathToFileURL } from 'node:url';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';

// Not news to anyone who runs this.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

export async function createBucket(
  endpoint,
  bucket,
  credentials = { accessKeyId: 'test', secretAccessKey: 'test' },
) {
  const client = new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials,
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 30_000, throwOnRequestTimeout: true },
  });
  try {
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
  } catch (error) {
    if (error.name !== 'BucketAlreadyOwnedByYou') throw error;
  } finally {
    client.destroy();
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [endpoint = 'http://127.0.0.1:4566', bucket = 'lake'] = process.argv.slice(2);
  await createBucket(endpoint, bucket);
  console.log(`s3://${bucket}/ is there (${endpoint}).`);
}
