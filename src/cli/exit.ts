/** Exit codes of the command line, as docs/cli.md has them. */
export const EXIT = {
  done: 0,
  /** A wheel failed, or a check found something. */
  failed: 1,
  /** Wrong use, settings or list. */
  usage: 2,
  /** A server or a service is away. */
  away: 3,
  /** Ctrl-C, as shells say it: 128 and the number of SIGINT. */
  interrupted: 130,
} as const;
