// Where the quickstart works.
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const state = process.env.WHEELMILL_STATE || resolve(root, '.wheelmill/state');
export const dataFolder = process.env.WHEELMILL_DATA_DIR || resolve(root, '.wheelmill/quickstart');
export const list = 'examples/requirements.txt';
export const port = Number(process.env.WHEELMILL_PORT || 8417);
export const serverUrl = `http://127.0.0.1:${port}`;

// A container of Docker Desktop runs in a virtual machine; the name leads from there to this machine.
export const isDesktop = process.platform !== 'linux';
export const publicUrl =
  process.env.WHEELMILL_PUBLIC_URL || (isDesktop ? `http://host.docker.internal:${port}` : undefined);
