import { isScope, SCOPES, type Scope } from '../access/scope.ts';
import { isTokenName, lapsed, makeToken, type Token } from '../access/token.ts';
import { createTokens, readTokens, writeTokens } from '../access/token-file.ts';
import { WheelmillError } from '../errors.ts';
import { EXIT } from './exit.ts';
import { readExpiry } from './token-expiry.ts';

type CreateOptions = { file: string; scope: readonly string[]; expires?: string; json?: boolean };

/** Makes a token and prints its secret: alone on standard output, for scripts, and nowhere else ever again. */
export async function createToken(name: string, { file, scope, expires, json }: CreateOptions): Promise<number> {
  const scopes = readScopes(scope);
  if (!isTokenName(name))
    throw new WheelmillError(
      'bad-request',
      'A name has up to 64 letters, digits, ".", "-" and "_", and begins with a letter or digit.',
    );
  const until = expires === undefined ? undefined : readExpiry(expires);
  const { token, secret } = makeToken({ name, scopes, ...(until && { expires: until }) });
  const there = await readTokens(file);
  // Work is counted by name: two that count must not share one.
  const other = [...(there?.values() ?? [])].find((one) => one.name === name && lapsed(one) === undefined);
  if (other)
    throw new WheelmillError(
      'bad-request',
      `There is a token ${name} (${other.id}) already. Take another name, or revoke it: wheelmill token revoke ${other.id}`,
    );
  if (there) await writeTokens(file, [...there.values(), token]);
  else if (!(await createTokens(file, [token])))
    throw new WheelmillError('bad-tokens', `Somebody else has just made ${file}. Run this again.`);
  process.stdout.write(`${json ? JSON.stringify({ ...shown(token), secret }) : secret}\n`);
  process.stderr.write(
    `The token ${name} (${token.id}) with the scope ${scopes.join(' and ')}${until ? ` until ${until.toISOString()}` : ''} is in ${file}. Its secret is shown this once.\n`,
  );
  return EXIT.done;
}

/** Every token of the file, without its hash. */
export async function listTokens({ file, json }: { file: string; json?: boolean }): Promise<number> {
  const tokens = [...(await known(file)).values()].map(shown);
  const lines = tokens.map(({ id, name, state, scopes, created, expires }) =>
    [id, name, state, scopes.join(','), created, expires ?? 'never'].join('\t'),
  );
  const table = ['ID\tNAME\tSTATE\tSCOPES\tCREATED\tEXPIRES', ...lines].join('\n');
  process.stdout.write(`${json ? JSON.stringify(tokens) : table}\n`);
  return EXIT.done;
}

/** Revokes a token by its id or the name of one that counts. Its line stays, so that its holder is told why it is refused. */
export async function revokeToken(which: string, { file, json }: { file: string; json?: boolean }): Promise<number> {
  const tokens = await known(file);
  const token = tokens.get(which) ?? [...tokens.values()].find((one) => one.name === which && !one.revoked);
  if (!token)
    throw new WheelmillError(
      'bad-request',
      `No token that counts is called so, by id or name, in ${file}: wheelmill token list`,
    );
  const revoked = token.revoked ?? new Date().toISOString();
  await writeTokens(
    file,
    [...tokens.values()].map((one) => (one === token ? { ...one, revoked } : one)),
  );
  const text = `The token ${token.name} (${token.id}) is revoked. Servers know within a second.`;
  process.stdout.write(`${json ? JSON.stringify(shown({ ...token, revoked })) : text}\n`);
  return EXIT.done;
}

async function known(file: string): Promise<Map<string, Token>> {
  const tokens = await readTokens(file);
  if (tokens) return tokens;
  throw new WheelmillError(
    'bad-tokens',
    `There is no token file ${file} (WHEELMILL_TOKENS_FILE). Make a token: wheelmill token create NAME --scope read`,
  );
}

function shown(token: Token) {
  const { sha256: _, ...rest } = token;
  return { ...rest, state: lapsed(token) ?? 'valid' };
}

function readScopes(texts: readonly string[]): Scope[] {
  const names = texts.flatMap((one) => one.split(',')).filter((one) => one !== '');
  const wrong = names.filter((one) => !isScope(one));
  if (wrong.length > 0 || names.length === 0)
    throw new WheelmillError(
      'bad-request',
      `${wrong.length > 0 ? `${wrong.map((one) => `"${one.slice(0, 40)}"`).join(', ')} is no scope` : 'A token needs a scope'}; there are ${SCOPES.join(', ')}.`,
    );
  return [...new Set(names.filter(isScope))];
}
