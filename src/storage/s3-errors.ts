import { WheelmillError } from '../errors.ts';
import { systemCode } from './file-errors.ts';
import type { Call } from './s3-transport.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html, and what MinIO and Ceph add. */
const ABSENT = new Set(['NoSuchKey', 'NotFound']);
const DENIED = new Set([
  'AccessDenied',
  'AccountProblem',
  'AllAccessDisabled',
  'AuthorizationHeaderMalformed',
  'ExpiredToken',
  'InvalidAccessKeyId',
  'InvalidToken',
  'RequestTimeTooSkewed',
  'SignatureDoesNotMatch',
]);
const FULL = new Set(['QuotaExceeded', 'XMinioStorageFull', 'XMinioAdminBucketQuotaExceeded', 'InsufficientStorage']);

/** The code of an S3 error answer, or undefined. */
export const s3Code = systemCode;

/** Whether an error says that there is no such object. */
export function isAbsent(error: unknown): boolean {
  return ABSENT.has(s3Code(error) ?? '');
}

/** An error of the minio client as an error of ours, with what the call's last answer tells; ours stay as they are. */
export function translateS3Error(error: unknown, place: string, call: Call): WheelmillError {
  if (error instanceof WheelmillError) return error;
  const code = s3Code(error) ?? (call.status === undefined ? String(error) : `HTTP status ${call.status}`);
  const options = { cause: error };
  if (FULL.has(code) || call.status === 507) {
    return new WheelmillError(
      'store-full',
      `${place} has no space left (${code}). Make room or raise its quota.`,
      options,
    );
  }
  if (DENIED.has(code) || call.status === 401 || call.status === 403) {
    const message = `${place} refuses the credentials (${code}). Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and the clock.`;
    return new WheelmillError('store-denied', message, options);
  }
  const message = `${place} does not answer as it should (${code}). Check WHEELMILL_S3_ENDPOINT and the server behind it.`;
  return new WheelmillError('store-unavailable', message, options);
}

/** Whether the same request may succeed a moment later: no connection, or a server error other than a full disk. */
export function isPassing(error: unknown, call: Call): boolean {
  if (error instanceof WheelmillError) return false;
  if (call.status === undefined) return systemCode(error) !== undefined;
  return call.status >= 500 ? call.status !== 507 : [408, 429, 499].includes(call.status) || call.status < 300;
}
