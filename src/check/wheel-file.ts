import { quoted } from '../core/faults.ts';
import { parseTagSet, type Tag } from '../core/tags.ts';
import { badWheel, orBadWheel } from './bad-wheel.ts';

/** What is read of a WHEEL file. */
export type WheelFile = { purelib: boolean; tags: Tag[] };

const FIELD = /^([A-Za-z0-9-]+):(.*)$/;
/** A line for each tag; real ones have some dozens. */
const MAX_LINES = 2000;

/**
 * A wheel's `WHEEL` file: version 1.x, whether its root is `purelib`, its tags.
 * https://packaging.python.org/en/latest/specifications/binary-distribution-format/
 * @throws BuildFailure `bad-wheel`
 */
export function parseWheelFile(text: string): WheelFile {
  const fields = new Map<string, string[]>();
  const lines = text.split(/\r?\n/);
  if (lines.length > MAX_LINES) throw badWheel(`its WHEEL file has more than ${MAX_LINES} lines`);
  for (const line of lines) {
    const match = FIELD.exec(line);
    if (match === null && line.trim() !== '')
      throw badWheel(`its WHEEL file has a line that is no field: ${quoted(line)}`);
    if (match === null) continue;
    const key = match[1]!.toLowerCase();
    fields.set(key, [...(fields.get(key) ?? []), match[2]!.trim()]);
  }
  const [version = '', ...versions] = fields.get('wheel-version') ?? [];
  if (versions.length > 0 || !/^1\.[0-9]+$/.test(version)) {
    throw badWheel(`its Wheel-Version is ${quoted(version)}; only 1.x is known`);
  }
  const [purelib = '', ...purelibs] = fields.get('root-is-purelib') ?? [];
  if (purelibs.length > 0 || !/^(true|false)$/i.test(purelib))
    throw badWheel('its Root-Is-Purelib is not true or false');
  const tags = (fields.get('tag') ?? []).flatMap((tag) => orBadWheel('its WHEEL file', () => parseTagSet(tag)));
  return { purelib: purelib.toLowerCase() === 'true', tags: [...new Set(tags)] };
}

/** The WHEEL file with this build tag in place of any of its own. */
export function withBuildField(text: string, build: string): string {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '' && !/^build:/i.test(line));
  return `${[...lines, `Build: ${build}`].join('\n')}\n`;
}
