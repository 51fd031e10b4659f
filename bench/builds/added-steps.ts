import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median, type Row } from '../report.ts';
import { post, startServer } from './server.ts';

/** Real sdists; of the compiled ones two need libraries that only the build image has. */
const PURE = ['docopt==0.6.2', 'jsmin==3.0.1', 'sgmllib3k==1.0.0'];
const COMPILED = ['netifaces==0.11.0', 'pycosat==0.6.6', 'psycopg2==2.9.13', 'mysqlclient==2.3.1'];
/** The toolbox, the gateway's cache and the engine's are warm afterwards; nobody waits for those with every wheel. */
const FIRST = ['antlr4-python3-runtime==4.9.3', 'evdev==2.0.0'];

/**
 * What a wheel takes from POST to ready beyond the time in its build container: planning, fetching, checking, finishing, proving
 * and publishing. Each project is a list of its own.
 */
export async function benchAddedSteps(environment: Record<string, string>): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'wheelmill-bench-'));
  const server = await startServer(folder, environment);
  const added = (projects: string[]) => inTurn(projects, (project) => addedTo(server.url, project));
  try {
    await added(FIRST);
    return [row('pure', await added(PURE), 2), row('compiled', await added(COMPILED), 6)];
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

function row(kind: string, seconds: number[], goal: number): Row {
  const each = seconds.map((one) => one.toFixed(1)).join(', ');
  return {
    what: `from POST to ready beyond the build itself, a ${kind} wheel, median of ${seconds.length} projects`,
    value: `${median(seconds).toFixed(1)} s (${each})`,
    goal: `<= ${goal} s`,
    met: median(seconds) <= goal,
  };
}

/** Seconds. */
async function addedTo(url: string, project: string): Promise<number> {
  const before = performance.now();
  const { items } = await post(url, project, 'wait=600&deps=true');
  const whole = performance.now() - before;
  const record = await fetch(`${url}/api/v1/builds/${items[0]?.build}`);
  const { phases } = (await record.json()) as { phases: { building: number } };
  return (whole - phases.building) / 1000;
}

async function inTurn<T>(projects: string[], task: (project: string) => Promise<T>): Promise<T[]> {
  const answers: T[] = [];
  for (const project of projects) answers.push(await task(project));
  return answers;
}
