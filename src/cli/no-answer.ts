import { WheelmillError } from '../errors.ts';

/** As OpenSSL and Node.js call what is wrong with an authority (docs: TLS, X509 certificate error codes). */
const UNKNOWN_AUTHORITY: ReadonlySet<string> = new Set([
  ...['DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN'],
  ...['UNABLE_TO_GET_ISSUER_CERT', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
]);

/**
 * What is said of a request that `fetch` got no answer to, with its cause and the advice that fits.
 * @param seconds how long the answer was waited for
 */
export function noAnswer(server: string, error: unknown, seconds: number): WheelmillError {
  const said = (message: string) => new WheelmillError('queue-unavailable', message, { cause: error });
  const { name, cause = error } = error as Error;
  const { code = '' } = cause as NodeJS.ErrnoException;
  const why = wordsOf(cause);
  if (name === 'TimeoutError' || code === 'UND_ERR_HEADERS_TIMEOUT')
    return said(
      `${server} takes connections and gave no answer${name === 'TimeoutError' ? ` within ${seconds} s` : ''}. Is it a Wheelmill server? One that has too much to do: try again later.`,
    );
  if (UNKNOWN_AUTHORITY.has(code))
    return said(
      `The certificate of ${server} is of an authority that this machine does not know (${why}). Name a file with that authority's certificate in NODE_EXTRA_CA_CERTS.`,
    );
  if (code.startsWith('CERT_') || code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return said(`The certificate of ${server} does not hold for it: ${why}.`);
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG')
    return said(`${server} does not speak TLS (${why.trim()}). Try it with http:// in place of https://.`);
  return said(
    `No Wheelmill server answers at ${server}. Start one with \`wheelmill serve\`, or name it with --server. (${why})`,
  );
}

/** Of a name with several addresses each is tried, and each has its own error. */
function wordsOf(cause: unknown): string {
  if (cause instanceof AggregateError) return cause.errors.map(wordsOf).join(', ');
  const { code, message } = cause as NodeJS.ErrnoException;
  return message || code || String(cause);
}
