/** As shells count a program that SIGPIPE ended. */
const NOBODY_READS = 141;

/** Ends the process quietly when nobody reads what it prints any more: `wheelmill builds | head`. */
export function endWithReader(): void {
  for (const output of [process.stdout, process.stderr])
    output.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(NOBODY_READS);
      throw error;
    });
}
