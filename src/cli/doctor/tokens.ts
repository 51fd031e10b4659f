import { stat } from 'node:fs/promises';
import { lapsed } from '../../access/token.ts';
import { isOpenToOthers, readTokens } from '../../access/token-file.ts';
import type { Config } from '../../config.ts';
import { isLoopback } from '../../core/loopback.ts';
import { type Check, type Finding, ok, warning, wrong } from './check.ts';

type Settings = Pick<Config, 'host' | 'auth' | 'tokensFile' | 'firstToken'>;

/** Tokens that end within this time, in milliseconds, are told of: a week is enough to make others. */
const SOON = 7 * 24 * 3_600_000;
const MAKE = 'Make one with `wheelmill token create NAME --scope admin`, or set WHEELMILL_AUTH=none.';

/** Who may do what: whether there are tokens, whether they count, and whether others can read or write their file. */
export function tokensCheck(settings: Settings): Check {
  return { name: 'tokens', seconds: 5, look: () => look(settings) };
}

async function look({ host, auth, tokensFile, firstToken }: Settings): Promise<Finding> {
  const isAlone = isLoopback(host);
  if (auth === 'none')
    return isAlone
      ? ok('none are asked for (WHEELMILL_AUTH=none)')
      : warning('whoever reaches this server may do everything (WHEELMILL_AUTH=none)', 'See docs/access.md.');
  const tokens = await readTokens(tokensFile);
  if (!tokens) {
    if (auth === 'auto' && isAlone) return ok('none, and none are needed: the server is for this machine alone');
    if (firstToken !== undefined) return ok(`none yet; the server makes the first one (${firstToken})`);
    return wrong(`there is no ${tokensFile}, and the server does not start without tokens`, MAKE);
  }
  if (await isOpenToOthers(tokensFile)) {
    const mode = ((await stat(tokensFile)).mode & 0o777).toString(8).padStart(4, '0');
    return wrong(`${tokensFile} has the mode ${mode}: others than its owner can get at it`, `chmod 600 ${tokensFile}`);
  }
  const valid = [...tokens.values()].filter((one) => lapsed(one) === undefined);
  const found = `${valid.length} of ${tokens.size} in ${tokensFile} count`;
  if (valid.length === 0) return warning(`${found}: nobody gets in`, MAKE);
  const ending = valid.filter((one) => lapsed(one, Date.now() + SOON) !== undefined).map((one) => one.name);
  if (ending.length > 0) return warning(`${found}; ${ending.join(', ')} end within a week`, 'Make others in time.');
  return ok(found);
}
