import { readFileSync } from 'node:fs';
import { sha256Hex } from '../../core/sha256.ts';

/** What pip installs into the toolbox, with hashes. */
export const TOOLBOX_LOCK = readFileSync(new URL('./toolbox/requirements.txt', import.meta.url));

export const TOOLBOX_HASH: string = sha256Hex(TOOLBOX_LOCK);

/** `uv 1.2.3`, as locked. */
export const UV_VERSION = `uv ${/^uv==(\S+)/m.exec(TOOLBOX_LOCK.toString())?.[1]}`;
