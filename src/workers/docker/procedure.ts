import { TOOLBOX_HASH } from '../run/toolbox-lock.ts';

/** Raise it when the same inputs may give other bytes: another command line, environment or folder. */
const PROCEDURE_VERSION = 5;

/** The build procedure with its toolbox, a part of every build key. */
export const PROCEDURE = `docker-${PROCEDURE_VERSION}-${TOOLBOX_HASH}`;
