import { startWheelmill, type Wheelmill } from '../../test/services/wheelmill.ts';

/** `wheelmill serve` from the build in dist, embedded queue and files in `folder`; ready when its target has been probed. */
export function startServer(folder: string, environment: Record<string, string>): Promise<Wheelmill> {
  return startWheelmill(
    'serve',
    { WHEELMILL_DATA_DIR: folder, WHEELMILL_LOG_LEVEL: 'warn', ...environment },
    { entry: ['dist/cli.js'] },
  );
}

/** Posts a list and gives the answer; `wait` holds until it has ended. */
export async function post(
  url: string,
  list: string,
  query = '',
): Promise<{ id: string; state: string; endedAt?: string; items: { state: string; build?: string }[] }> {
  const answer = await fetch(`${url}/api/v1/prebuilds?${query}`, {
    method: 'POST',
    body: list,
    headers: { 'content-type': 'text/plain' },
  });
  const body = await answer.json();
  if (!answer.ok) throw new Error(JSON.stringify(body));
  return body as Awaited<ReturnType<typeof post>>;
}
