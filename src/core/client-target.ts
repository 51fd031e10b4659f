import type { ClientPlatform } from './client-agent.ts';
import type { Target } from './records/target.ts';

/** Docker's names of what `uname -m` says. */
const ARCHITECTURES: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  amd64: 'amd64',
  aarch64: 'arm64',
  i686: '386',
};

/**
 * The target whose wheels a client can load: of its Python (X.Y), its machine and its C library, which may be newer than the
 * target's. Of several the one with the client's own C library, else the first; undefined where none fits.
 */
export function targetOfClient(client: ClientPlatform, targets: readonly Target[]): Target | undefined {
  const fitting = targets.filter((one) => isOf(client, one));
  return fitting.find(({ libc }) => libc.version === client.libc?.version) ?? fitting[0];
}

function isOf({ system, implementation, python, machine, libc }: ClientPlatform, target: Target): boolean {
  const [os, architecture] = target.platform.split('/');
  return (
    system === os &&
    implementation === target.python.implementation.toLowerCase() &&
    minorOf(python) === minorOf(target.python.version) &&
    (ARCHITECTURES[machine] ?? machine) === architecture &&
    // pip says nothing of musl; where there is no glibc, there is nothing else that images of Python have.
    (libc?.name ?? 'musl') === target.libc.name &&
    (libc === undefined || isAtLeast(libc.version, target.libc.version))
  );
}

const minorOf = (version: string): string => version.split('.').slice(0, 2).join('.');

function isAtLeast(version: string, other: string): boolean {
  const [one, least] = [version, other].map((text) => text.split('.').map(Number));
  for (const [at, number] of least!.entries()) {
    const own = one![at] ?? 0;
    if (own !== number) return own > number;
  }
  return true;
}
