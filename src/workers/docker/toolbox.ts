import { sha256Hex } from '../../core/sha256.ts';
import type { Gateway, Limits, LogSink, Run } from '../builder.ts';
import { pythonCommand } from '../run/scripts.ts';
import { TOOLBOX_HASH, TOOLBOX_LOCK } from '../run/toolbox-lock.ts';
import { ROOT_USER, TOOLBOX_FOLDER } from './container.ts';
import type { Engine } from './engine.ts';
import type { LocalImage } from './identity.ts';
import { SCRIPTS } from './scripts.ts';
import { supervise } from './supervise.ts';
import { INDEX_URL } from './tunnel.ts';

export const UV = `${TOOLBOX_FOLDER}/ready/bin/uv`;
/** Written when all is there, before the rename that makes it visible. */
export const TOOLBOX_MARKER = `${TOOLBOX_FOLDER}/ready/complete`;

/** The job of an installation, in labels; no job of the queue is called so. */
export const TOOLBOX_JOB = 'toolbox';

const MIB = 1024 * 1024;
/** An installation moves some tens of megabytes through a read-through cache. */
const LIMITS: Limits = {
  memory: 1024 * MIB,
  disk: 16 * MIB,
  inodes: 1000,
  pids: 64,
  cpus: 1,
  wallTime: 10 * 60_000,
  silence: 10 * 60_000,
  logBytes: MIB,
  wheelBytes: 0,
};

const UNLOGGED: LogSink = { write: async () => {} };

export type Toolbox = {
  /** The volume with the toolbox for an image, filled if it is not yet; throws BuildFailure when it cannot be. */
  volume(image: LocalImage, python: string, run: Run): Promise<string>;
  /** Makes the next call look again: the volume was found empty. */
  forget(volume: string): void;
};

export function createToolbox(engine: Engine, gateway?: Gateway): Toolbox {
  const filled = new Map<string, Promise<void>>();

  return {
    forget: (volume) => void filled.delete(volume),
    volume: async (image, python, run) => {
      const volume = `wheelmill-toolbox-${sha256Hex(`${image.identity} ${TOOLBOX_HASH}`).slice(0, 16)}`;
      for (;;) {
        const others = filled.get(volume);
        if (others === undefined) break;
        try {
          await others;
          return volume;
        } catch {
          // It may have been cancelled with the build that began it.
          if (filled.get(volume) === others) filled.delete(volume);
        }
      }
      const ours = install(engine, {
        image,
        volume,
        python,
        run: { ...run, gateway: gateway ?? run.gateway },
      });
      filled.set(volume, ours);
      try {
        await ours;
      } catch (error) {
        if (filled.get(volume) === ours) filled.delete(volume);
        throw error;
      }
      return volume;
    },
  };
}

async function install(
  engine: Engine,
  { image, volume, python, run }: { image: LocalImage; volume: string; python: string; run: Run },
): Promise<void> {
  const diagnosis = (tail: string) => ({
    reason: 'upstream-unavailable' as const,
    message: `The build tools could not be installed from the index: ${lastLine(tail)}`,
  });
  await supervise(
    engine,
    {
      what: 'The installation of the build tools',
      run: { job: TOOLBOX_JOB, limits: LIMITS, log: UNLOGGED, gateway: run.gateway, signal: run.signal },
      image,
      python,
      toolbox: { volume, readOnly: false },
      diagnosis,
    },
    async ({ openDoor, step }) => {
      await openDoor();
      const values = [TOOLBOX_FOLDER, INDEX_URL, String(TOOLBOX_LOCK.length)];
      await step(
        {
          arguments: pythonCommand(python, SCRIPTS.toolbox, values),
          user: ROOT_USER,
          // Without capabilities root may not even enter the work folder.
          environment: { HOME: '/tmp', TMPDIR: '/tmp' },
        },
        { input: [TOOLBOX_LOCK] },
      );
    },
  );
}

function lastLine(tail: string): string {
  return tail.trim().split('\n').at(-1) || 'pip gave no reason.';
}
