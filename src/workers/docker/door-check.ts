import Type, { type Static } from 'typebox';
import Value from 'typebox/value';
import type { Target } from '../../core/records/target.ts';
import { BuildFailure, WheelmillError } from '../../errors.ts';
import type { Gateway } from '../builder.ts';
import { pythonCommand } from '../run/scripts.ts';
import { BUILD_USER } from './container.ts';
import { type Engine, engineError } from './engine.ts';
import { run } from './exec.ts';
import { findIdentity } from './identity.ts';
import { PROBE_JOB } from './probe.ts';
import { withSandbox } from './sandbox.ts';
import { SCRIPTS } from './scripts.ts';
import { INDEX_URL, openTunnel, TUNNEL_PORT } from './tunnel.ts';

/** What door.py prints. */
const AnswerSchema = Type.Object({
  index: Type.Object({ status: Type.Integer(), said: Type.String(), bytes: Type.Integer() }),
  reached: Type.Array(Type.String()),
  doors: Type.Array(Type.Integer()),
  interfaces: Type.Array(Type.String()),
  routes: Type.Integer(),
});

const MIB = 1024 * 1024;
const LIMITS = { memory: 256 * MIB, disk: 16 * MIB, inodes: 1000, pids: 64, cpus: 1, wallTime: 120_000 };
const MAX_ANSWER_BYTES = 64 * 1024;

/** What a container saw: the index behind its one door, and whatever else there was that should not be. */
export type DoorReport = { index: Static<typeof AnswerSchema>['index']; others: string[] };

/**
 * Opens the door of a container made as builds have it, has it ask the index for a project, and look for any other way out.
 * @throws WheelmillError `engine-unavailable`
 */
export async function checkDoor(
  engine: Engine,
  { target, gateway, project, signal }: { target: Target; gateway: Gateway; project: string; signal: AbortSignal },
): Promise<DoorReport> {
  const python = target.python.executable;
  let printed = '';
  try {
    const { reference, identity } = target.build;
    const image = await findIdentity(engine.docker, reference, identity);
    if (!image) throw new WheelmillError('engine-unavailable', `The engine does not have ${reference} any more.`);
    await withSandbox(engine, { image, job: PROBE_JOB, limits: LIMITS, signal }, async (sandbox) => {
      const tunnel = await openTunnel(sandbox, python, gateway);
      const look = { arguments: pythonCommand(python, SCRIPTS.door, [INDEX_URL, project]), user: BUILD_USER };
      await run(sandbox, look, {
        onOutput: ({ data }) => {
          if (printed.length < MAX_ANSWER_BYTES) printed += data.toString();
        },
      });
      tunnel.close();
    });
  } catch (error) {
    if (error instanceof BuildFailure) throw new WheelmillError('engine-unavailable', error.message, { cause: error });
    throw engineError(error);
  }
  return reportOf(printed);
}

function reportOf(printed: string): DoorReport {
  const answer = parse(printed);
  if (!answer)
    throw new WheelmillError(
      'engine-unavailable',
      `The container did not say what it sees: ${printed.trim().slice(-300)}`,
    );
  return {
    index: answer.index,
    others: [
      ...answer.reached.map((one) => `the address ${one}`),
      ...answer.doors.filter((port) => port !== TUNNEL_PORT).map((port) => `a service on its own port ${port}`),
      ...(answer.routes > 0 ? [`a route over ${answer.interfaces.join(', ') || 'lo'}`] : []),
    ],
  };
}

function parse(text: string): Static<typeof AnswerSchema> | undefined {
  try {
    const answer: unknown = JSON.parse(text);
    return Value.Check(AnswerSchema, answer) ? answer : undefined;
  } catch {
    return undefined;
  }
}
