import { stat } from 'node:fs/promises';
import type { Logger } from 'pino';
import type { Token } from './token.ts';
import { isOpenToOthers, readTokens } from './token-file.ts';

/** A revoked token is out within this time and a read of the file, in milliseconds. Looked at, not watched: volumes and network disks tell of no change. */
const LOOK_EVERY = 500;
/** A fault that stays is told again after this time, in milliseconds. */
const TELL_AGAIN_AFTER = 60_000;

/** The tokens that count now, by id; undefined where the server asks for none. */
export type TokenSource = { tokens(): ReadonlyMap<string, Token> | undefined; close(): void };

/** A server that asks nobody. */
export const NO_TOKENS: TokenSource = { tokens: () => undefined, close: () => {} };

/**
 * Follows a file of tokens. A file that is broken or gone changes nothing: the last good one counts, and the log says so at
 * once and every minute. Where none was there at first, the server asks for none until one is.
 *
 * @throws WheelmillError `bad-tokens` where the file is broken from the start
 */
export async function openTokenFile(path: string, log: Pick<Logger, 'info' | 'warn' | 'error'>): Promise<TokenSource> {
  let state = await stateOf(path);
  let tokens: ReadonlyMap<string, Token> | undefined = await readTokens(path);
  await warnIfOpen();
  let told: { message: string; at: number } | undefined;

  async function look(): Promise<void> {
    const before = state;
    try {
      const now = await stateOf(path);
      if (now === before && !told) return;
      const read = await readTokens(path);
      if (!read) {
        if (tokens) tell(`The token file ${path} is gone.`);
        return;
      }
      state = now;
      tokens = read;
      told = undefined;
      if (now !== before) {
        log.info({ tokens: read.size }, `tokens were read again from ${path}`);
        await warnIfOpen();
      }
    } catch (error) {
      tell((error as Error).message);
    }
  }

  function tell(message: string): void {
    if (told?.message === message && performance.now() - told.at < TELL_AGAIN_AFTER) return;
    told = { message, at: performance.now() };
    log.error(`${message} Until that is put right, the tokens of before count.`);
  }

  async function warnIfOpen(): Promise<void> {
    if (tokens && (await isOpenToOthers(path).catch(() => false)))
      log.warn(`The token file ${path} can be read or written by others than its owner: chmod 600 ${path}`);
  }

  let isLooking = false;
  const timer = setInterval(async () => {
    if (isLooking) return;
    isLooking = true;
    await look();
    isLooking = false;
  }, LOOK_EVERY).unref();
  return { tokens: () => tokens, close: () => clearInterval(timer) };
}

/** Changes with every change of the file, also with one of equal length in the same moment: a new file is another inode. */
async function stateOf(path: string): Promise<string> {
  try {
    const { ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    return [ino, size, mtimeNs, ctimeNs].join();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'none';
    throw error;
  }
}
