import { rm } from 'node:fs/promises';
import { isLoopback } from '../core/loopback.ts';
import { WheelmillError } from '../errors.ts';
import { makeToken } from './token.ts';
import { createTokens, readTokens, replaceFile } from './token-file.ts';
import { NO_TOKENS, openTokenFile, type TokenSource } from './token-source.ts';

export type AccessSettings = {
  host: string;
  auth: 'auto' | 'tokens' | 'none';
  tokensFile: string;
  /** Where the secret of a first token is put; undefined where none is made. */
  firstToken: string | undefined;
  /** How others reach the server, where that is not its own address. */
  publicUrl?: string | undefined;
};

type Log = Parameters<typeof openTokenFile>[1];

/**
 * The tokens a server asks for, as its settings have it. Makes the first one where it is told to and no file is there.
 *
 * @throws WheelmillError `bad-config` where others could reach a server that asks for none and nobody has said so,
 *   `bad-tokens` for a file that cannot be used
 */
export async function openTokens(settings: AccessSettings, log: Log): Promise<TokenSource> {
  const { host, auth, tokensFile, firstToken, publicUrl } = settings;
  if (auth === 'none') {
    if (!isLoopback(host)) log.warn(`WHEELMILL_AUTH=none: whoever reaches ${host} may do everything here`);
    return NO_TOKENS;
  }
  if ((await readTokens(tokensFile)) === undefined) {
    if (firstToken !== undefined) await makeFirst(tokensFile, firstToken, log);
    else if (auth === 'tokens') throw noTokens(`There is no token file ${tokensFile}`, tokensFile);
    else if (!isLoopback(host))
      throw noTokens(`WHEELMILL_HOST=${host} lets others reach this server, and there are no tokens`, tokensFile);
  }
  const source = await openTokenFile(tokensFile, log);
  if (source.tokens()) return source;
  // Gone since it was looked at.
  if (auth === 'tokens' || !isLoopback(host)) {
    source.close();
    throw noTokens(`There is no token file ${tokensFile}`, tokensFile);
  }
  if (publicUrl !== undefined && !isOfThisMachine(new URL(publicUrl).hostname))
    log.warn(
      `whoever reaches ${publicUrl} may do everything here: this server is on ${host}, and asks for no tokens. WHEELMILL_AUTH=tokens makes it ask for them`,
    );
  return source;
}

/** Docker's name for the machine leads to nowhere else. */
const isOfThisMachine = (host: string): boolean => isLoopback(host) || host === 'host.docker.internal';

function noTokens(what: string, path: string): WheelmillError {
  return new WheelmillError(
    'bad-config',
    `${what}.\n  Make one: wheelmill token create NAME --scope admin (it goes into ${path}, WHEELMILL_TOKENS_FILE).\n  Or let everybody do everything: WHEELMILL_AUTH=none.`,
  );
}

/** Of several servers that start at once on one file, one makes the token. */
async function makeFirst(path: string, secretPath: string, log: Log): Promise<void> {
  const { token, secret } = makeToken({ name: 'first', scopes: ['admin'] });
  if (!(await createTokens(path, [token]))) return;
  try {
    await replaceFile(secretPath, `${secret}\n`);
  } catch (error) {
    // A token whose secret nobody has would keep everybody out.
    await rm(path, { force: true });
    throw error;
  }
  log.warn(`a first token with the scope admin was made; read it with: cat ${secretPath}`);
}
