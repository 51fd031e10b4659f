import { RUN_SCRIPTS, readScript } from '../run/scripts.ts';

/** Programs of ours that run inside containers. */
export const SCRIPTS = {
  ...RUN_SCRIPTS,
  tunnel: readScript('tunnel.py', import.meta.url),
  take: readScript('take.py', import.meta.url),
  evidence: readScript('evidence.py', import.meta.url),
  door: readScript('door.py', import.meta.url),
};
