import { sha256Hex } from '../../core/sha256.ts';
import type { Run } from '../builder.ts';
import { ownRun } from '../run/own-run.ts';
import { pythonCommand, RUN_SCRIPTS } from '../run/scripts.ts';
import { ROOT_USER, TOOLBOX_FOLDER } from './container.ts';
import type { Engine } from './engine.ts';
import { createFilledVolumes } from './filled-volumes.ts';
import type { LocalImage } from './identity.ts';
import { SCRIPTS } from './scripts.ts';
import { supervise } from './supervise.ts';

/** The job of compiling, in labels; no job of the queue is called so. */
export const COMPILE_JOB = 'compile';

/** Where the modules of a runtime image are that a proof runs, compiled. */
export const COMPILED = `${TOOLBOX_FOLDER}/ready`;

/** The volumes with them, one an image. */
export type Compiled = {
  /** The volume for an image, filled if it is not yet; undefined where that failed, for a proof does without. */
  volume(image: LocalImage, python: string, run: Run): Promise<string | undefined>;
};

const SCRIPTS_HASH = sha256Hex(`${RUN_SCRIPTS.compile}\n${RUN_SCRIPTS.proof}`);

export function createCompiled(engine: Engine): Compiled {
  const volumes = createFilledVolumes(
    async (volume: string, { image, python, run }: { image: LocalImage; python: string; run: Run }) => {
      const about = {
        ...{ what: 'The preparation of the proof', run: ownRun(COMPILE_JOB, run), image, python },
        toolbox: { volume, readOnly: false },
      };
      await supervise(engine, about, ({ step }) =>
        step({
          arguments: pythonCommand(python, SCRIPTS.compile, [TOOLBOX_FOLDER, SCRIPTS.proof]),
          user: ROOT_USER,
          // Without capabilities root may not even enter the work folder.
          environment: { HOME: '/tmp', TMPDIR: '/tmp' },
        }),
      );
    },
  );
  return {
    async volume(image, python, run) {
      const volume = compiledVolume(image);
      try {
        await volumes.full(volume, { image, python, run });
        return volume;
      } catch (error) {
        if (run.signal.aborted) throw error;
        return undefined;
      }
    },
  };
}

/** The name of an image's volume: another image or other scripts have another. */
export function compiledVolume({ identity }: Pick<LocalImage, 'identity'>): string {
  return `wheelmill-compiled-${sha256Hex(`${identity} ${SCRIPTS_HASH}`).slice(0, 16)}`;
}
