/**
 * What an installer says of itself and of where it installs, in its User-Agent: `pip/26.3 {"cpu":"x86_64",…}`. pip and uv send
 * the same JSON ("linehaul"). It is a hint: anybody may send anything.
 */
export type ClientAgent = {
  /** The first product's name, lower case: `pip`, `uv`, `poetry`, `mozilla`; empty without a User-Agent. */
  name: string;
  /** Missing where the client does not say where it installs. */
  platform?: ClientPlatform;
};

export type ClientPlatform = {
  /** `linux`, lower case. */
  system: string;
  /** `cpython`, lower case. */
  implementation: string;
  /** Full version, `3.13.5`. */
  python: string;
  /** As `uname -m` has it: `x86_64`. */
  machine: string;
  /** pip tells of glibc alone. */
  libc?: { name: string; version: string };
};

/** Real ones have 600 characters at most. */
const MAX_CHARS = 4096;

/** Reads a User-Agent header; never throws. */
export function readClientAgent(header: string | undefined): ClientAgent {
  if (header === undefined || header.length > MAX_CHARS) return { name: '' };
  const name = /^[A-Za-z0-9._-]+/.exec(header)?.[0].toLowerCase() ?? '';
  const json = /^\S+ (\{.*\})$/s.exec(header)?.[1];
  const platform = json === undefined ? undefined : readPlatform(json);
  return platform ? { name, platform } : { name };
}

function readPlatform(json: string): ClientPlatform | undefined {
  let said: unknown;
  try {
    said = JSON.parse(json);
  } catch {
    return undefined;
  }
  const system = textAt(said, 'system', 'name');
  const implementation = textAt(said, 'implementation', 'name');
  const python = textAt(said, 'python');
  const machine = textAt(said, 'cpu');
  if (!system || !implementation || !python || !machine) return undefined;
  const lib = textAt(said, 'distro', 'libc', 'lib');
  const version = textAt(said, 'distro', 'libc', 'version');
  return {
    system: system.toLowerCase(),
    implementation: implementation.toLowerCase(),
    python,
    machine: machine.toLowerCase(),
    ...(lib && version && { libc: { name: lib.toLowerCase(), version } }),
  };
}

function textAt(value: unknown, ...path: string[]): string | undefined {
  let at = value;
  for (const key of path) at = typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[key] : undefined;
  return typeof at === 'string' ? at : undefined;
}
