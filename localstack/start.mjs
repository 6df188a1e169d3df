/** `npm run localstack`: LocalStack on this machine until Ctrl-C, with a bucket. Port and bucket: LOCALSTACK_PORT, BUCKET. */
import { Unavailable } from './install.mjs';
import { startLocalStack } from './server.mjs';

const port = Number(process.env.LOCALSTACK_PORT ?? 4566);
const bucket = process.env.BUCKET ?? 'lake';
try {
  const server = await startLocalStack({ port, bucket });
  console.log(`LocalStack ${server.version} is ready. In another terminal:

  export AWS_ENDPOINT_URL_S3=${server.endpoint} AWS_REGION=us-east-1 AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test
  npx lakefill doctor            # the bucket is s3://${bucket}/

Ctrl-C stops it; its log is ${server.log}.`);
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void server.stop());
  await server.exited;
} catch (error) {
  const hint =
    error instanceof Unavailable ? 'With Docker: docker compose -f localstack/compose.yaml up' : '';
  console.error(`LocalStack was not started: ${error.message}\n${hint}`);
  process.exitCode = 1;
}
