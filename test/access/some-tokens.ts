import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import type { Scope } from '../../src/access/scope.ts';
import { makeToken, type Token } from '../../src/access/token.ts';
import { writeTokens } from '../../src/access/token-file.ts';

/** A file of tokens in a folder of its own, and their secrets by name. */
export type SomeTokens = { file: string; secrets: Record<string, string>; tokens: Token[] };

type Wanted = { scopes: Scope[]; change?: Partial<Token> };

export async function someTokens(t: Test, wanted: Record<string, Wanted>): Promise<SomeTokens> {
  const folder = await mkdtemp(join(tmpdir(), 'wheelmill-tokens-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'tokens');
  const secrets: Record<string, string> = {};
  const tokens = Object.entries(wanted).map(([name, { scopes, change }]) => {
    const { token, secret } = makeToken({ name, scopes });
    secrets[name] = secret;
    return { ...token, ...change };
  });
  await writeTokens(file, tokens);
  return { file, secrets, tokens };
}

/** As pip, uv and twine send it. */
export const basic = (secret: string, user = '__token__') => ({
  authorization: `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`,
});
export const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });
