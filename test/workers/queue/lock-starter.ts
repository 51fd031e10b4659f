/**
 * A starter in a process of its own: for each folder it is sent it tries to hold it and answers `won` or the error's
 * code; `release` lets go and answers `released`.
 */
import { holdDataFolder } from '../../../src/workers/queue/data-folder-lock.ts';

let held: Awaited<ReturnType<typeof holdDataFolder>> | undefined;
process.on('message', async (message) => {
  if (message === 'release') {
    await held?.release();
    process.send?.('released');
    return;
  }
  try {
    held = await holdDataFolder(String(message));
    process.send?.('won');
  } catch (error) {
    held = undefined;
    process.send?.((error as { code?: string }).code ?? String(error));
  }
});
process.send?.('ready');
