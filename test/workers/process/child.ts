import { createProcessBuilder } from '../../../src/workers/process/process-builder.ts';
import { NO_GATEWAY, newRun } from '../run/harness.ts';

/** A server that builds, for tests which kill it. Arguments: folder, path and size of the sdist. Its log is what it says. */
const [folder = '', path = '', size = ''] = process.argv.slice(2);
const builder = createProcessBuilder({ folder, path: process.env.PATH });
const pair = { name: 'local', build: 'local', runtime: 'local' };
const { run } = newRun(NO_GATEWAY);
run.log = { write: async (chunk) => void process.stdout.write(chunk) };
const target = await builder.probe(pair, run);
const sdist = { path, filename: 'small-1.0.tar.gz', size: Number(size) };
await builder.build({ target, sdist, recipe: { frontEnd: 'pip' }, outputFolder: folder, sourceDate: 0 }, run);
