import { chmod, chown, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { setTimeout as after } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { openTokens } from '../../src/access/open-tokens.ts';
import type { Token } from '../../src/access/token.ts';
import { findToken, makeToken } from '../../src/access/token.ts';
import { createTokens, parseTokens, writeTokens } from '../../src/access/token-file.ts';
import { openTokenFile, type TokenSource } from '../../src/access/token-source.ts';

const { token, secret } = makeToken({ name: 'anna', scopes: ['read'] });
const line = (change: Record<string, unknown> = {}) => JSON.stringify({ ...token, ...change });

t.test('what a token file may have', async (t) => {
  const text = `# a comment\n\n${line()}\r\n${line({ id: '0'.repeat(12), revoked: token.created })}\n`;
  t.same([...parseTokens(text, 'f').keys()], [token.id, '0'.repeat(12)]);
  t.equal(parseTokens('', 'f').size, 0, 'nothing lets nobody in');
  t.same(findToken(parseTokens(text, 'f'), secret), token);
  for (const wrong of [
    '',
    'wm_',
    secret.slice(0, -1),
    `${secret}0`,
    secret.toUpperCase(),
    secret.replace('wm_', 'xx_'),
  ])
    t.equal(findToken(parseTokens(text, 'f'), wrong), undefined, wrong);
});

const faults: [what: string, text: string, fault: RegExp][] = [
  ['a secret where a record belongs', secret, /line 1: it is no JSON object$/],
  ['a list', '[]', /line 1: /],
  ['a record without a hash', line({ sha256: undefined }), /line 1: /],
  ['a hash of another kind', line({ sha256: 'abc' }), /line 1: its sha256 is not valid/],
  ['no scope', line({ scopes: [] }), /line 1: its scopes is not valid/],
  ['an unknown scope', line({ scopes: ['write'] }), /line 1: its scopes is not valid/],
  ['an unknown field', line({ expire: token.created }), /line 1: "expire" is no field of a token/],
  ['a day that is none', line({ expires: '2026-02-31T99:00:00Z' }), /line 1: it has a time that is none/],
  ['the same id twice', `${line()}\n${line()}`, /line 2: the id \w+ is there twice/],
  ['several faults', `x\n${line()}\ny`, /line 1: .*\n {2}line 3: /],
];
for (const [what, text, fault] of faults)
  t.test(`${what} is refused`, async (t) => {
    t.throws(() => parseTokens(text, '/some/file'), { code: 'bad-tokens', message: fault });
    t.throws(() => parseTokens(text, '/some/file'), { message: /^The token file \/some\/file has faults/ });
    const message = await Promise.resolve()
      .then(() => parseTokens(text, 'f') && '')
      .catch((error: Error) => error.message);
    t.notMatch(message, secret, 'what stands there may be a secret');
  });

/** A log that keeps its lines. */
function listener() {
  const lines: string[] = [];
  const add = (level: string) => (first: unknown, second?: string) => void lines.push(`${level}: ${second ?? first}`);
  const log = { info: add('info'), warn: add('warn'), error: add('error') };
  return { lines, log: log as unknown as Parameters<typeof openTokenFile>[1] };
}

/** Waits for something to become so; a test that never gets there runs into its time limit. */
async function until(is: () => boolean): Promise<void> {
  while (!is()) await after(20);
}

async function followed(t: Test, tokens: Token[]) {
  const file = `${t.testdir()}/tokens`;
  await writeTokens(file, tokens);
  const { lines, log } = listener();
  const source = await openTokenFile(file, log);
  t.teardown(() => source.close());
  return { file, lines, source, has: (id = token.id) => source.tokens()?.has(id) === true };
}

t.test('what changes in the file counts without a restart', async (t) => {
  const other = makeToken({ name: 'ci', scopes: ['prebuild'] }).token;
  const { file, source, has } = await followed(t, [token]);
  t.ok(has());
  await writeTokens(file, [token, other]);
  await until(() => has(other.id));
  await writeTokens(file, [{ ...token, revoked: token.created }, other]);
  await until(() => source.tokens()?.get(token.id)?.revoked !== undefined);
  await writeTokens(file, [other]);
  await until(() => !has());
  t.ok(has(other.id));
  await writeFile(file, '');
  await until(() => source.tokens()?.size === 0);
  t.ok(source.tokens(), 'an empty file lets nobody in');
});

t.test('a file that breaks or goes leaves the last good one in force, loudly', async (t) => {
  const { file, lines, has } = await followed(t, [token]);
  await writeFile(file, `${line()}\nnonsense\n`);
  await until(() => lines.some((one) => /^error: .*line 2: .*\n?.* the tokens of before count/s.test(one)));
  t.ok(has());
  await rm(file);
  await until(() => lines.some((one) => /^error: .* is gone\. Until/.test(one)));
  t.ok(has(), 'it does not open the server');
  await writeTokens(file, []);
  await until(() => !has());
  t.match(lines.at(-1), /^info: tokens were read again/);
});

t.test('a file put in place by a rename, of the same length and time, is seen', async (t) => {
  const { file, has } = await followed(t, [token]);
  const other = { ...token, id: '1'.repeat(12) };
  await writeTokens(`${file}.new`, [other]);
  await rename(`${file}.new`, file);
  await until(() => has(other.id) && !has());
  t.pass('the tokens of the new file count');
});

t.test('a file that root changes stays that of its owner', async (t) => {
  const { file } = await followed(t, [token]);
  // Whom a file may be given to depends on who runs the tests: root gives it to anybody, others to themselves.
  const owner = process.getuid?.() === 0 ? 12345 : process.getuid!();
  await chown(file, owner, process.getgid!());
  await writeTokens(file, []);
  t.equal((await stat(file)).uid, owner);
});

t.test('modes', async (t) => {
  const { file, lines } = await followed(t, [token]);
  t.equal((await stat(file)).mode & 0o777, 0o600);
  t.same(lines, []);
  await chmod(file, 0o644);
  await until(() => lines.some((one) => /^warn: .*chmod 600/.test(one)));
  t.pass('one that others can read is told of');
  t.equal(await createTokens(file, []), false, 'a file that is there is not made again');
  t.match(await readFile(file, 'utf8'), token.id);
});

type Row = [
  what: string,
  settings: Partial<Parameters<typeof openTokens>[0]>,
  hasFile: boolean,
  outcome: 'open' | 'closed' | RegExp,
];
const HOWTO = /wheelmill token create NAME --scope admin .*\n.* WHEELMILL_AUTH=none/;
const starts: Row[] = [
  ['this machine alone', {}, false, 'open'],
  ['this machine alone, by name', { host: 'localhost' }, false, 'open'],
  ['this machine alone, with tokens', {}, true, 'closed'],
  ['tokens or nothing', { auth: 'tokens' }, false, HOWTO],
  ['every address', { host: '0.0.0.0' }, false, HOWTO],
  ['every address of both families', { host: '::' }, false, HOWTO],
  ['an address of the network', { host: '192.168.1.2' }, false, HOWTO],
  ['a name that may be anything', { host: 'mill.example.com' }, false, HOWTO],
  ['every address, with tokens', { host: '0.0.0.0' }, true, 'closed'],
  ['every address, and everybody may do everything', { host: '0.0.0.0', auth: 'none' }, false, 'open'],
  ['tokens that are not to count', { auth: 'none' }, true, 'open'],
];
for (const [what, settings, hasFile, outcome] of starts)
  t.test(`a start for ${what}`, async (t) => {
    const tokensFile = `${t.testdir()}/tokens`;
    if (hasFile) await writeTokens(tokensFile, [token]);
    const { lines, log } = listener();
    const asked = { host: '127.0.0.1', auth: 'auto' as const, tokensFile, firstToken: undefined, ...settings };
    if (outcome instanceof RegExp) return t.rejects(openTokens(asked, log), { code: 'bad-config', message: outcome });
    const source: TokenSource = await openTokens(asked, log);
    t.teardown(() => source.close());
    t.equal(source.tokens() === undefined, outcome === 'open');
    if (settings.auth === 'none' && settings.host) t.match(lines, [/whoever reaches 0\.0\.0\.0 may do everything/]);
  });

const urls: [publicUrl: string, isTold: boolean][] = [
  ['http://127.0.0.1:8417', false],
  ['http://host.docker.internal:8417', false],
  ['https://wheels.example.com', true],
];
for (const [publicUrl, isTold] of urls)
  t.test(`without tokens, reached as ${publicUrl}`, async (t) => {
    const { lines, log } = listener();
    const asked = {
      host: '127.0.0.1',
      auth: 'auto' as const,
      tokensFile: `${t.testdir()}/tokens`,
      firstToken: undefined,
    };
    const source = await openTokens({ ...asked, publicUrl }, log);
    t.teardown(() => source.close());
    t.same(
      lines.map((one) => one.includes(`whoever reaches ${publicUrl} may do everything`)),
      isTold ? [true] : [],
      'a proxy in front of a server on loopback is told of',
    );
  });

t.test('a server that serves its machine alone asks for tokens as soon as there are any', async (t) => {
  const tokensFile = `${t.testdir()}/tokens`;
  const { log } = listener();
  const source = await openTokens({ host: '127.0.0.1', auth: 'auto', tokensFile, firstToken: undefined }, log);
  t.teardown(() => source.close());
  t.equal(source.tokens(), undefined);
  await writeTokens(tokensFile, [token]);
  await until(() => source.tokens()?.has(token.id) === true);
  t.pass('they count');
});

t.test('a first token is made once, for one of several servers that start', async (t) => {
  const folder = t.testdir();
  const asked = {
    ...{ host: '0.0.0.0', auth: 'auto' as const },
    ...{ tokensFile: `${folder}/access/tokens`, firstToken: `${folder}/first-token` },
  };
  const { lines, log } = listener();
  const sources = await Promise.all(Array.from({ length: 8 }, () => openTokens(asked, log)));
  for (const source of sources) t.teardown(() => source.close());
  const first = (await readFile(asked.firstToken, 'utf8')).trim();
  t.equal((await stat(asked.firstToken)).mode & 0o777, 0o600);
  for (const source of sources) t.match(findToken(source.tokens()!, first), { name: 'first', scopes: ['admin'] });
  t.equal(lines.filter((one) => one.includes(`read it with: cat ${asked.firstToken}`)).length, 1);
  t.notMatch(lines.join('\n'), first, 'the log does not have it');
  const again = await openTokens(asked, log);
  t.teardown(() => again.close());
  t.equal((await readFile(asked.firstToken, 'utf8')).trim(), first);
});

t.test('where the first secret cannot be kept, there is no token either', async (t) => {
  const folder = t.testdir({ file: '' });
  const asked = {
    host: '0.0.0.0',
    auth: 'auto' as const,
    tokensFile: `${folder}/tokens`,
    firstToken: `${folder}/file/x`,
  };
  await t.rejects(openTokens(asked, listener().log), { code: 'bad-tokens', message: /file\/x cannot be written/ });
  await t.rejects(stat(asked.tokensFile), { code: 'ENOENT' });
});
