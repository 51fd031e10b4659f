import { bytesText } from '../../core/bytes-text.ts';
import { type Check, ok, warning } from './check.ts';
import type { DoctorContext } from './context.ts';

/** Whether as many builds as are wanted at once fit into the memory of the machine that builds. */
export function memoryCheck({ config, builder }: DoctorContext): Check {
  return {
    name: 'memory',
    seconds: 15,
    look: async () => {
      const { memory } = await builder.about();
      const { buildMemory, concurrency } = config;
      const fitting = Math.floor(memory / buildMemory);
      const found = `${bytesText(memory)}; ${concurrency} builds at once may take ${bytesText(buildMemory)} each`;
      if (fitting >= concurrency) return ok(found);
      if (fitting === 0)
        return warning(
          `${found}, and not even one may have that`,
          'Lower WHEELMILL_BUILD_MEMORY (and WHEELMILL_BUILD_DISK, which counts to it) below what the machine has.',
        );
      return warning(
        `${found}, so only ${fitting} run${fitting === 1 ? 's' : ''}`,
        `Set WHEELMILL_CONCURRENCY=${fitting}, or lower WHEELMILL_BUILD_MEMORY.`,
      );
    },
  };
}
