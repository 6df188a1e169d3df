/** An error answer of S3: the code and status of the API reference, and headers where the protocol has some. */
export class S3Error extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message = code,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

export const noSuchKey = () => new S3Error(404, 'NoSuchKey', 'The specified key does not exist.');
export const noSuchUpload = () => new S3Error(404, 'NoSuchUpload', 'The specified upload does not exist.');
export const preconditionFailed = () =>
  new S3Error(412, 'PreconditionFailed', 'At least one of the pre-conditions you specified did not hold');
export const invalidRequest = (message: string) => new S3Error(400, 'InvalidRequest', message);
export const notImplemented = (what: string) =>
  new S3Error(
    501,
    'NotImplemented',
    `A header you provided implies functionality that is not implemented: ${what}`,
  );
