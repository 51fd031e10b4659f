import { readFileSync } from 'node:fs';
import { readClientToken, readConfig } from '../config.ts';
import { WheelmillError } from '../errors.ts';

/** A server, and the token that is sent to it. */
export type Connection = { server: string; token?: string | undefined };

/** What every command that talks to a server is told about it. */
export type ConnectionOptions = { server?: string; tokenFile?: string };

/**
 * Where a command goes: `--server`, else the setting. Its token is that of `--token-file`, of a password in the server's URL, or of
 * the setting, whichever comes first.
 *
 * @throws WheelmillError `bad-request`, which never quotes a token
 */
export function connectionOf({ server = readConfig().server, tokenFile }: ConnectionOptions): Connection {
  const url = URL.canParse(server) ? new URL(server) : undefined;
  if (url?.username && !url.password)
    throw new WheelmillError(
      'bad-request',
      "The server's URL has a user without a password. With a token it is https://__token__:TOKEN@HOST.",
    );
  const inUrl = url?.password ? decoded(url.password) : undefined;
  const token = tokenFile === undefined ? (inUrl ?? readClientToken()) : tokenIn(tokenFile);
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token))
    throw new WheelmillError('bad-request', 'The token has blanks or other characters that no token has.');
  return { server: inUrl === undefined ? server : withoutUser(url!), token };
}

function decoded(password: string): string {
  try {
    return decodeURIComponent(password);
  } catch (cause) {
    const message = "The token in the server's URL is not encoded rightly: write a % of it as %25.";
    throw new WheelmillError('bad-request', message, { cause });
  }
}

function withoutUser(url: URL): string {
  url.username = '';
  url.password = '';
  return url.href;
}

function tokenIn(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw new WheelmillError('bad-request', `The token file cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
