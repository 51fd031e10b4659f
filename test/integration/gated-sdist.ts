import { INDEX_URL } from '../../src/workers/docker/tunnel.ts';
import type { LocalIndex } from './local-index.ts';

/**
 * An sdist whose build waits until the test opens a gate: it asks for a project, and the index holds the answer.
 *
 * @param first Python code that runs before
 */
export async function gatedSdist(
  index: LocalIndex,
  name: string,
  first = '',
): Promise<{ reached: Promise<void>; open(): void }> {
  const gate = `${name}-gate`;
  const build = `
import urllib.error, urllib.request
${first}
try:
    urllib.request.urlopen('${INDEX_URL}${gate}/').read()
except urllib.error.HTTPError as error:
    print('the gate is open', error.code, flush=True)`;
  let open = () => {};
  const reached = new Promise<void>((resolve) => {
    index.routes.set(`/simple/${gate}/`, (_request, response) => {
      open = () => {
        index.routes.delete(`/simple/${gate}/`);
        response.writeHead(404).end();
      };
      resolve();
    });
  });
  await index.addSdist(name, '1.0', { build });
  return { reached, open: () => open() };
}
