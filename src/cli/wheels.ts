import { normalizeName } from '../core/names.ts';
import { lenientWheelFilename } from '../core/wheel-filename.ts';
import { WheelmillError } from '../errors.ts';

/** Which stored wheels a command is about. */
export type Wheels = { project: string; version?: string; filename?: string };

const PINNED = /^([A-Za-z0-9][A-Za-z0-9._-]*)\s*==\s*(\S+)$/;

/** `NAME==VERSION` or the file name of a wheel. Throws WheelmillError `bad-request`. */
export function parseWheels(text: string): Wheels {
  const wheel = text.endsWith('.whl') ? lenientWheelFilename(text) : undefined;
  if (wheel) return { project: wheel.name, filename: text };
  const [, name, version] = PINNED.exec(text.trim()) ?? [];
  if (name && version && !version.includes('*')) return { project: normalizeName(name), version };
  throw new WheelmillError(
    'bad-request',
    `"${text.slice(0, 80)}" is neither NAME==VERSION nor the file name of a wheel. \`wheelmill projects\` lists what is stored.`,
  );
}
