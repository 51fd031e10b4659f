import { sha256Hex } from '../../core/sha256.ts';
import type { Gateway, Run } from '../builder.ts';
import { pythonCommand } from '../run/scripts.ts';
import { INSTALLATION, installDiagnosis, installRun } from '../run/toolbox-install.ts';
import { TOOLBOX_HASH, TOOLBOX_LOCK } from '../run/toolbox-lock.ts';
import { ROOT_USER, TOOLBOX_FOLDER } from './container.ts';
import type { Engine } from './engine.ts';
import { createFilledVolumes } from './filled-volumes.ts';
import type { LocalImage } from './identity.ts';
import { SCRIPTS } from './scripts.ts';
import { supervise } from './supervise.ts';
import { ToolboxMissing } from './transfer.ts';
import { INDEX_URL } from './tunnel.ts';

export type Toolbox = {
  /** The volume with the toolbox for an image, filled if it is not yet; throws BuildFailure when it cannot be. */
  volume(image: LocalImage, python: string, run: Run): Promise<string>;
  /** Makes the next call look again: the volume was found empty. */
  forget(volume: string): void;
};

type Tooled = { image: LocalImage; python: string; run: Run };

/** Does something with the volume of the toolbox, and again with a new one when somebody has emptied it (ToolboxMissing). */
export async function withToolbox<T>(
  toolbox: Toolbox,
  { image, python, run }: Tooled,
  use: (volume: string) => Promise<T>,
): Promise<T> {
  const volume = await toolbox.volume(image, python, run);
  try {
    return await use(volume);
  } catch (error) {
    if (!(error instanceof ToolboxMissing)) throw error;
    toolbox.forget(volume);
    await toolbox.volume(image, python, run);
    return use(volume);
  }
}

export function createToolbox(engine: Engine, gateway?: Gateway): Toolbox {
  const volumes = createFilledVolumes((volume: string, about: Tooled) => install(engine, { ...about, volume }));
  return {
    forget: volumes.forget,
    async volume(image, python, run) {
      const volume = `wheelmill-toolbox-${sha256Hex(`${image.identity} ${TOOLBOX_HASH}`).slice(0, 16)}`;
      await volumes.full(volume, { image, python, run: { ...run, gateway: gateway ?? run.gateway } });
      return volume;
    },
  };
}

async function install(engine: Engine, { image, volume, python, run }: Tooled & { volume: string }): Promise<void> {
  await supervise(
    engine,
    {
      what: INSTALLATION,
      run: installRun(run, run.gateway),
      image,
      python,
      toolbox: { volume, readOnly: false },
      diagnosis: installDiagnosis,
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
