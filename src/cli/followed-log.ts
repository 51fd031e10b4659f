import { BrokenOff, type Client } from './client.ts';

/** The last characters that were given, by which it is found how far that was in a log that is fetched again. */
const REMEMBERED = 2000;
/** Seconds that the server holds its word on a build whose log broke off. */
const HOLD_SECONDS = 2;

/**
 * The log of a build until that has ended. A connection that breaks off is taken up again where it was, as long as the server is
 * there; nothing comes twice.
 *
 * @throws WheelmillError `queue-unavailable` when the server has gone
 */
export async function* followedLog(client: Client, key: string): AsyncGenerator<string> {
  const given = new Given();
  let log = client.log(key, true);
  for (;;) {
    try {
      for await (const text of log) yield given.note(text);
      return;
    } catch (error) {
      if (!(error instanceof BrokenOff)) throw error;
    }
    const { state } = await client.build(key, HOLD_SECONDS);
    // All there is of it says how far we were, as its oldest part may be lost by now: the queue keeps the newest chunks.
    let now = '';
    for await (const text of client.log(key, false)) now += text;
    const rest = now.slice(given.endIn(now));
    if (rest !== '') yield rest;
    if (state === 'stored' || state === 'failed') return;
    given.begin(now);
    log = behind(client.log(key, true), given);
  }
}

/** What of a log, which comes from its beginning, was not given yet. */
async function* behind(log: AsyncIterable<string>, given: Given): AsyncGenerator<string> {
  let text = '';
  let isBehind = false;
  for await (const piece of log) {
    if (isBehind) yield piece;
    else {
      text += piece;
      if (text.length < given.length) continue;
      isBehind = true;
      const rest = text.slice(given.endIn(text));
      text = '';
      if (rest !== '') yield rest;
    }
  }
  if (!isBehind) yield text.slice(given.endIn(text));
}

/** What was given of a log: how many characters, and the last of them. */
class Given {
  length = 0;
  #last = '';

  note(text: string): string {
    this.length += text.length;
    this.#last = (this.#last + text).slice(-REMEMBERED);
    return text;
  }

  /** Begins anew, with a log that is given as far as it has come. */
  begin(log: string): void {
    this.length = log.length;
    this.#last = log.slice(-REMEMBERED);
  }

  /**
   * How many characters of a log were given: as many as were counted; fewer, where its oldest part is lost by now; more, where
   * that was lost before and the stored log has it. 0 where nothing shows.
   */
  endIn(log: string): number {
    const counted = this.length - this.#last.length;
    if (log.startsWith(this.#last, counted)) return this.length;
    const before = log.lastIndexOf(this.#last, counted);
    const at = before === -1 ? log.indexOf(this.#last, counted) : before;
    return at === -1 ? 0 : at + this.#last.length;
  }
}
