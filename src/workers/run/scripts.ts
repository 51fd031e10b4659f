import { readFileSync } from 'node:fs';

/** A program of ours beside the module at `base`, in its folder scripts/; stdlib only, Python 3.8 and newer. */
export function readScript(name: string, base: string): string {
  return readFileSync(new URL(`./scripts/${name}`, base), 'utf8');
}

const libraries = readScript('libraries.py', import.meta.url);
const needs = readScript('needs.py', import.meta.url);
const volume = readScript('volume.py', import.meta.url);
const probe = readScript('probe.py', import.meta.url);

/** What every builder runs with the target's interpreter. */
export const RUN_SCRIPTS = {
  prepare: readScript('prepare.py', import.meta.url),
  probe,
  /** The same for an image whose contents are of interest. */
  probeContents: `${libraries}\n${probe}`,
  finish: [libraries, needs, readScript('strip.py', import.meta.url), readScript('finish.py', import.meta.url)].join(
    '\n',
  ),
  proof: [libraries, needs, readScript('modules.py', import.meta.url), readScript('proof.py', import.meta.url)].join(
    '\n',
  ),
  metadata: readScript('metadata.py', import.meta.url),
  compile: `${volume}\n${readScript('compile.py', import.meta.url)}`,
  toolbox: `${volume}\n${readScript('toolbox.py', import.meta.url)}`,
};

/**
 * The command that runs one of them. `-I -S`: nothing of the environment, the current folder or the interpreter's
 * site-packages takes part; `site` keeps the last, for scripts that need pip.
 * @param compiled folder of compiled modules
 */
export function pythonCommand(
  executable: string,
  source: string,
  values: string[] = [],
  { site = false, compiled }: { site?: boolean; compiled?: string | undefined } = {},
): string[] {
  const flags = ['-I', ...(site ? [] : ['-S']), '-u', ...(compiled ? ['-X', `pycache_prefix=${compiled}`] : [])];
  return [executable, ...flags, '-c', source, ...values];
}
