import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, realpath, rename, rm, stat, symlink } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WheelmillError } from '../../errors.ts';

/**
 * The embedded queue belongs to one process. A process claims the data folder with a listening unix socket in it: the
 * kernel closes it with the process, so unlike a pid file it cannot tell of somebody who is long dead.
 *
 * A name per starter, never used twice, makes taking away a dead one's socket safe (with one fixed name, two starters
 * that both found it stale would remove each other's). Every starter first listens, then looks at the others:
 * - refused: its process is dead, the file is removed;
 * - alive with a smaller name: we give up;
 * - alive with a larger name: it may not have seen us, so we wait until it says `held` (we give up) or goes away.
 * Of two that live at once the one that listened later sees the other, so both cannot win; waiting goes only from
 * smaller to larger names, so it ends; the smallest gives up only when another holds the folder.
 *
 * @param folder made when it is not there
 * @throws WheelmillError `data-folder-in-use`, `bad-config`
 */
export async function holdDataFolder(
  folder: string,
  { answerWithin = ANSWER_MS }: { answerWithin?: number } = {},
): Promise<{ release(): Promise<void> }> {
  try {
    await mkdir(folder, { recursive: true });
    const real = await realpath(folder);
    return await withShortPath(real, (short) => claim(real, short, answerWithin));
  } catch (cause) {
    if (cause instanceof WheelmillError) throw cause;
    throw new WheelmillError(
      'bad-config',
      `The data folder ${folder} cannot be claimed (${(cause as NodeJS.ErrnoException).code ?? 'unknown fault'}). ` +
        'Set WHEELMILL_DATA_DIR to a folder on a local disk that this user may write to.',
      { cause },
    );
  }
}

const SOCKET_NAME = /^lock-[0-9a-f]{16}\.sock$/;
/** Bound but not listening yet, which looks like a dead one: such a name is nobody's business for a minute. */
const UNFINISHED_NAME = /^\.lock-[0-9a-f]{16}\.sock$/;
const UNFINISHED_MS = 60_000;
/** How long a live process may take to answer; one that takes longer is taken for a holder. */
const ANSWER_MS = 5_000;

async function claim(real: string, short: string, answerWithin: number): Promise<{ release(): Promise<void> }> {
  const name = `lock-${randomBytes(8).toString('hex')}.sock`;
  const door = await openDoor(join(short, `.${name}`));
  const release = async () => {
    door.close();
    await rm(join(real, name), { force: true });
  };
  try {
    await rename(join(real, `.${name}`), join(real, name));
    const names = await readdir(real);
    await Promise.all(names.filter((other) => UNFINISHED_NAME.test(other)).map((other) => sweep(join(real, other))));
    const rivals = names.filter((other) => SOCKET_NAME.test(other) && other !== name);
    const answers = await Promise.all(
      rivals.map(async (other) => {
        const answer = await ask(join(short, other), other > name, answerWithin);
        if (answer.dead) await rm(join(real, other), { force: true });
        return answer;
      }),
    );
    const winner = answers.find((answer) => answer.holds);
    if (winner !== undefined) {
      throw new WheelmillError(
        'data-folder-in-use',
        `Another Wheelmill process${winner.pid === undefined ? '' : ` (pid ${winner.pid})`} uses the data folder ${real}. ` +
          'Stop it, give this one a folder of its own with WHEELMILL_DATA_DIR, ' +
          'or let both share a Redis queue with WHEELMILL_QUEUE_URL=redis://….',
      );
    }
    door.hold();
    return { release };
  } catch (error) {
    await release();
    throw error;
  }
}

/** Listens at a path and tells everyone who knocks our pid and, once it is so, that we hold the folder. */
async function openDoor(path: string): Promise<{ hold(): void; close(): void }> {
  const knockers = new Set<Socket>();
  let held = false;
  const server: Server = createServer((socket) => {
    knockers.add(socket);
    socket.unref();
    socket.on('error', () => socket.destroy());
    socket.on('close', () => knockers.delete(socket));
    socket.write(`pid ${process.pid}\n${held ? 'held\n' : ''}`);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  server.unref();
  return {
    hold() {
      held = true;
      for (const socket of knockers) socket.write('held\n');
    },
    close() {
      server.close();
      for (const socket of knockers) socket.destroy();
    },
  };
}

/** Asks a rival: whether it holds the folder or, not `patient`, whether it is alive at all. */
function ask(
  path: string,
  patient: boolean,
  answerWithin: number,
): Promise<{ holds: boolean; dead: boolean; pid?: string }> {
  return new Promise((resolve) => {
    let heard = '';
    const socket = connect(path);
    const end = (holds: boolean, dead = false) => {
      clearTimeout(timer);
      socket.destroy();
      const pid = /^pid (\d+)$/m.exec(heard)?.[1];
      resolve({ holds, dead, ...(pid === undefined ? {} : { pid }) });
    };
    const timer = setTimeout(() => end(true), answerWithin);
    socket.on('data', (chunk) => {
      heard += chunk.toString('latin1');
      if (/^held$/m.test(heard) || (!patient && /^pid \d+$/m.test(heard))) end(true);
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') end(false, true);
      // Gone between our look and our question, or while we waited for its word.
      else if (error.code === 'ENOENT' || error.code === 'ECONNRESET') end(false);
      // EAGAIN (so many knock that the kernel's list is full) and EACCES (another user's) come from the living.
      else end(true);
    });
    // It gave up or died without a word; whatever its name, it does not hold the folder and never will.
    socket.on('close', () => end(false));
  });
}

async function sweep(file: string): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  if (found !== undefined && Date.now() - found.mtimeMs > UNFINISHED_MS) await rm(file, { force: true });
}

/** A unix socket's path has 108 bytes on Linux, 104 on macOS, the final zero included. */
const PATH_BYTES = 103;

/** Calls `use` with a path of the folder that is short enough for sockets in it: its own or one over a symbolic link. */
async function withShortPath<T>(folder: string, use: (short: string) => Promise<T>): Promise<T> {
  if (Buffer.byteLength(join(folder, `.lock-${'0'.repeat(16)}.sock`)) <= PATH_BYTES) return use(folder);
  const detour = await mkdtemp(join(Buffer.byteLength(tmpdir()) < 50 ? tmpdir() : '/tmp', 'wheelmill-'));
  try {
    await symlink(folder, join(detour, 'data'));
    return await use(join(detour, 'data'));
  } finally {
    await rm(detour, { recursive: true, force: true });
  }
}
