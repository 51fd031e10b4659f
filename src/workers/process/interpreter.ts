import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { arch, platform } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';
import { canonicalJson } from '../../core/canonical-json.ts';
import { quoted } from '../../core/faults.ts';
import { LOCAL_TARGET, type Target } from '../../core/records/target.ts';
import { sha256Hex } from '../../core/sha256.ts';
import { WheelmillError } from '../../errors.ts';
import { type Answer, parseAnswer } from '../run/probe-answer.ts';
import { pythonCommand, RUN_SCRIPTS } from '../run/scripts.ts';
import { TOOLBOX_HASH } from '../run/toolbox-lock.ts';

/** Raise it when the same inputs may give other bytes: another command line, environment or folder. */
const PROCEDURE_VERSION = 1;
const PROCEDURE = `process-${PROCEDURE_VERSION}-${TOOLBOX_HASH}`;

const ANSWER_WITHIN = 60_000;

/** As container images name them. */
const ARCHITECTURES: Record<string, string> = { x64: 'amd64', ia32: '386' };

/** Folders of PATH that mean the same wherever a program is started. */
export function absolutePath(path: string | undefined): string {
  const folders = (path ?? '').split(delimiter).filter((folder) => isAbsolute(folder));
  return (folders.length > 0 ? folders : ['/usr/local/bin', '/usr/bin', '/bin']).join(delimiter);
}

/**
 * This machine's python3 as the target `local`. Another Python, C library or way of building is another identity, so
 * that none of its wheels is taken for one of the others.
 * @throws WheelmillError `bad-config` when there is no python3 with pip
 */
export async function probeLocal({ path }: { path: string }, signal?: AbortSignal): Promise<Target> {
  const answer = await ask(path, signal);
  const platformName = `${platform()}/${ARCHITECTURES[arch()] ?? arch()}`;
  const { executable, implementation, version, abi, libc, distribution } = answer;
  const identity = sha256Hex(
    canonicalJson({ executable, implementation, version, abi, libc, distribution, platformName, procedure: PROCEDURE }),
  );
  const image = { reference: LOCAL_TARGET, identity };
  return {
    schema: 1,
    name: LOCAL_TARGET,
    builder: 'process',
    build: image,
    runtime: image,
    platform: platformName,
    python: { implementation, version, executable },
    libc,
    distribution,
    environment: answer.environment,
    tags: answer.tags,
    procedure: PROCEDURE,
    pipVersion: answer.pipVersion,
    ...(answer.pipIndex !== null && { pipIndex: answer.pipIndex }),
    probedAt: new Date().toISOString(),
  };
}

async function ask(path: string, signal: AbortSignal | undefined): Promise<Answer> {
  const python = find('python3', path);
  if (python === undefined) throw unusable('There is no python3 on this machine');
  const [file, ...values] = pythonCommand(python, RUN_SCRIPTS.probe, [], { site: true });
  const options = { env: { PATH: path, HOME: '/' }, cwd: '/', timeout: ANSWER_WITHIN, ...(signal && { signal }) };
  const said = await promisify(execFile)(file as string, values, options).catch((error) => {
    if (signal?.aborted) throw error;
    return { stdout: '', stderr: String(error.stderr ?? '') || String(error.message) };
  });
  const answer = parseAnswer(said.stdout);
  if (answer !== undefined) return answer;
  const last = said.stderr.trim().split('\n').at(-1) || 'nothing';
  throw unusable(`${python} is no python3 with pip: it said ${quoted(last)}`);
}

function find(program: string, path: string): string | undefined {
  return path
    .split(delimiter)
    .map((folder) => join(folder, program))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

function unusable(what: string): WheelmillError {
  const how = 'Install it (Debian and Ubuntu: apt-get install python3-pip python3-dev build-essential)';
  return new WheelmillError('bad-config', `${what}. ${how}, or a Docker engine.`);
}
