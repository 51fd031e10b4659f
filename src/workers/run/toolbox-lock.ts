import { readFileSync } from 'node:fs';
import { sha256Hex } from '../../core/sha256.ts';
import { RUN_SCRIPTS } from './scripts.ts';

/** What pip installs into the toolbox, with hashes. */
export const TOOLBOX_LOCK = readFileSync(new URL('./toolbox/requirements.txt', import.meta.url));

/** Of what is installed and of how: another of them is another toolbox. */
export const TOOLBOX_HASH: string = sha256Hex(Buffer.concat([TOOLBOX_LOCK, Buffer.from(RUN_SCRIPTS.toolbox)]));

/** `uv 1.2.3`, as locked. */
export const UV_VERSION = `uv ${/^uv==(\S+)/m.exec(TOOLBOX_LOCK.toString())?.[1]}`;
