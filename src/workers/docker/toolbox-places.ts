import { TOOLBOX_FOLDER } from './container.ts';

/** Where what is installed is. */
export const READY_TOOLBOX = `${TOOLBOX_FOLDER}/ready`;
export const UV = `${READY_TOOLBOX}/bin/uv`;
/** Written when all is there, before the rename that makes it visible. */
export const TOOLBOX_MARKER = `${READY_TOOLBOX}/complete`;
