import { execFileSync, spawnSync } from 'node:child_process';
import { findProgram } from '../../test/services/state.ts';
import type { Section } from '../report.ts';
import { benchWheelFromFiles, benchWheelFromS3 } from './large-files.ts';
import { benchLargeStore } from './large-store.ts';
import { benchPages } from './pages.ts';
import { peers } from './servers.ts';

/** Pages and wheels as clients ask for them, next to other servers; all on the loopback address. */
export async function benchServing(say: (what: string) => void): Promise<Section> {
  say('set-up');
  execFileSync('bash', ['bench/setup.sh'], { stdio: ['ignore', 2, 2] });
  say('a project page');
  const pages = await benchPages();
  say('a wheel from files');
  const files = await benchWheelFromFiles();
  say('a wheel from S3');
  const s3 = await benchWheelFromS3();
  say('a large store');
  const large = await benchLargeStore();
  return {
    title: 'Serving',
    about: [
      ['Node', process.version],
      ['Peers', `${nginxVersion()}, ${peers()}`],
      ['Their configuration', '`bench/serving/nginx-*.conf`, `bench/serving/servers.ts`, `bench/setup.sh`'],
    ],
    rows: [...pages, ...files, ...s3, ...large],
  };
}

/** It prints that to stderr. */
function nginxVersion(): string {
  return spawnSync(findProgram('nginx'), ['-v'], { encoding: 'utf8' }).stderr.trim().split(' ').at(-1) ?? 'nginx';
}
