import { readFileSync } from 'node:fs';
import { sha256Hex } from '../../core/sha256.ts';

/** Raise it when the same inputs may give other bytes: another command line, environment or folder. */
const PROCEDURE_VERSION = 1;

/** What pip installs into the toolbox, with hashes. */
export const TOOLBOX_LOCK = readFileSync(new URL('./toolbox/requirements.txt', import.meta.url));

export const TOOLBOX_HASH: string = sha256Hex(TOOLBOX_LOCK);

/** The build procedure with its toolbox, a part of every build key. */
export const PROCEDURE = `docker-${PROCEDURE_VERSION}-${TOOLBOX_HASH}`;

/** `uv 1.2.3`, as locked. */
export const UV_VERSION = `uv ${/^uv==(\S+)/m.exec(TOOLBOX_LOCK.toString())?.[1]}`;
