import { type Config, SETTINGS } from '../../config.ts';
import { type Check, ok } from './check.ts';

/** Which settings are not left to their defaults; their values may be secrets. Faulty ones never get here. */
export function settingsCheck({ environment }: Config): Check {
  return {
    name: 'settings',
    seconds: 5,
    look: async () => {
      const names = Object.values(SETTINGS)
        .map((one) => one.name)
        .filter((name) => environment[name]);
      return ok(names.length === 0 ? 'all left at their defaults' : `set: ${names.join(', ')}`);
    },
  };
}
