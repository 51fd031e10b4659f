import { setTimeout as after } from 'node:timers/promises';
import type { PrebuildView } from '../../src/api/prebuilds/view.ts';

/** Posts a list; gives the answer whatever it is. */
export async function post(
  url: string,
  list: string,
  query = '',
): Promise<{ status: number; body: PrebuildView & { code?: string; detail?: string } }> {
  const answer = await fetch(`${url}/api/v1/prebuilds?${query}`, {
    method: 'POST',
    body: list,
    headers: { 'content-type': 'text/plain' },
  });
  return { status: answer.status, body: (await answer.json()) as PrebuildView };
}

/** Posts a list and waits for its end. */
export async function prebuild(url: string, list: string, query = ''): Promise<PrebuildView> {
  const { status, body } = await post(url, list, query);
  if (status >= 300) throw new Error(`${status}: ${JSON.stringify(body)}`);
  return settled(url, body.id);
}

/** Waits until a prebuild has ended, through the server's own hold. */
export async function settled(url: string, id: string): Promise<PrebuildView> {
  for (;;) {
    const answer = await fetch(`${url}/api/v1/prebuilds/${id}?wait=60`);
    if (!answer.ok) throw new Error(await answer.text());
    const view = (await answer.json()) as PrebuildView;
    if (view.endedAt) return view;
  }
}

/** Asks until `test` accepts the answer; an answer that cannot be had counts as not yet. */
export async function until<T>(ask: () => Promise<T>, test: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask().catch(() => undefined);
    if (answer !== undefined && test(answer)) return answer;
    await after(100);
  }
}

export async function json<T>(url: string): Promise<T> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as T;
}

/** Item states by project, as a test compares them. */
export function states(view: PrebuildView): Record<string, string> {
  return Object.fromEntries(
    view.items.map((one) => [one.project, `${one.kind} ${one.state}${one.reason ? ` ${one.reason}` : ''}`]),
  );
}
