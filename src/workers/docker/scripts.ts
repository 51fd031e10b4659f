import { readFileSync } from 'node:fs';

/** Programs of ours that run inside containers, by file name in scripts/; stdlib only, Python 3.8 and newer. */
function script(name: string): string {
  return readFileSync(new URL(`./scripts/${name}`, import.meta.url), 'utf8');
}

export const SCRIPTS = {
  tunnel: script('tunnel.py'),
  prepare: script('prepare.py'),
  take: script('take.py'),
  evidence: script('evidence.py'),
  probe: script('probe.py'),
  toolbox: script('toolbox.py'),
};

/**
 * The command that runs one of them. `-I -S`: nothing of the environment, the current folder or the image's
 * site-packages takes part; `site` keeps the last, for scripts that need pip.
 */
export function pythonCommand(executable: string, source: string, values: string[] = [], site = false): string[] {
  return [executable, '-I', ...(site ? [] : ['-S']), '-u', '-c', source, ...values];
}
