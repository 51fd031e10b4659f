import { readFile, stat } from 'node:fs/promises';
import t, { type Test } from 'tap';
import { findToken } from '../../src/access/token.ts';
import { readTokens } from '../../src/access/token-file.ts';
import { runCli } from '../../src/cli/program.ts';
import { readExpiry } from '../../src/cli/token-expiry.ts';

/** Runs `wheelmill token` on a file, and catches what it writes. */
async function token(t: Test, file: string, ...args: string[]) {
  const out = t.capture(process.stdout, 'write', () => true);
  const err = t.capture(process.stderr, 'write', () => true);
  const code = await runCli(['node', 'wheelmill', 'token', ...args, '--file', file]);
  const text = (calls: { args: unknown[] }[]) => calls.map((call) => String(call.args[0])).join('');
  const said = { code, out: text(out()), err: text(err()) };
  for (const captured of [out, err]) captured.restore();
  return said;
}

t.test('tokens are made, listed and revoked', async (t) => {
  const file = `${t.testdir()}/new/tokens`;
  const none = await token(t, file, 'list');
  t.match(none, { code: 2, err: /There is no token file .*wheelmill token create/ });
  const made = await token(
    t,
    file,
    'create',
    'ci',
    '--scope',
    'upload,prebuild',
    '--scope',
    'upload',
    '--expires',
    '90d',
  );
  t.equal(made.code, 0, made.err);
  const secret = made.out.trim();
  t.match(findToken((await readTokens(file))!, secret), {
    name: 'ci',
    scopes: ['upload', 'prebuild'],
    expires: String,
  });
  t.equal((await stat(file)).mode & 0o777, 0o600);
  t.notMatch(await readFile(file, 'utf8'), secret, 'the file has no secret');

  const wrong: [args: string[], said: RegExp][] = [
    [['create', 'ci', '--scope', 'read'], /There is a token ci \(\w+\) already/],
    [['create', 'a b', '--scope', 'read'], /A name has up to 64/],
    [
      ['create', 'x', '--scope', 'read,write,all'],
      /"write", "all" is no scope; there are read, prebuild, upload, metrics, admin/,
    ],
    [['create', 'x', '--scope', ''], /A token needs a scope/],
    [['create', 'x'], /required option '--scope <scope>'/],
    [['create', 'x', '--scope', 'read', '--expires', '1d2h'], /"1d2h" is no time to come/],
    [['revoke', 'nobody'], /No token that counts is called so/],
  ];
  for (const [args, said] of wrong) {
    const before = await readFile(file, 'utf8');
    t.match(await token(t, file, ...args), { code: 2, err: said }, args.join(' '));
    t.equal(await readFile(file, 'utf8'), before, 'nothing was changed');
  }

  const json = await token(t, file, 'create', 'anna', '--scope', 'read', '--json');
  const anna = JSON.parse(json.out);
  t.match(anna, { name: 'anna', state: 'valid', secret: /^wm_/ });
  t.notOk('sha256' in anna, 'the hash is of no use to anybody');
  t.equal((await token(t, file, 'revoke', 'ci')).code, 0);
  t.equal((await token(t, file, 'revoke', anna.id)).code, 0, 'by id as well');
  const listed = await token(t, file, 'list');
  t.match(listed.out, /\tci\trevoked\tupload,prebuild\t.*\n.*\tanna\trevoked\tread\t.*\tnever\n$/);
  t.equal((await token(t, file, 'create', 'ci', '--scope', 'read')).code, 0, 'a revoked name is free');
  t.equal((await readTokens(file))?.size, 3);
});

t.test('when a token ends', async (t) => {
  const now = Date.parse('2026-12-01T12:00:00Z');
  const good: [text: string, end: string][] = [
    ['12h', '2026-12-02T00:00:00.000Z'],
    ['90d', '2027-03-01T12:00:00.000Z'],
    ['52w', '2027-11-30T12:00:00.000Z'],
    ['2027-01-31', '2027-01-31T00:00:00.000Z'],
  ];
  for (const [text, end] of good) t.equal(readExpiry(text, now).toISOString(), end);
  for (const text of ['', '0d', '-1d', '90', '1y', '2026-12-01', '2027-02-31', '2027-1-1', 'tomorrow'])
    t.throws(() => readExpiry(text, now), { code: 'bad-request' }, text);
});
