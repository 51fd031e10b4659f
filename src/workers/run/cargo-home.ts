import type { Place } from './environment.ts';

/** The folder for cargo's configuration and what it fetches, below the work folder. */
export const CARGO_FOLDER = 'cargo';

/** cargo waits half a minute for the first byte; the gateway may first have to read through to a slow registry. */
const HTTP_TIMEOUT_SECONDS = 180;

/**
 * The configuration of a build's cargo (https://doc.rust-lang.org/cargo/reference/config.html), TOML: the gateway takes the
 * place of the public registry, and compilers write no path of the run into what they make. What a package vendors
 * and configures itself wins.
 */
export function cargoConfig({ folder, index }: Place): string {
  const remapped = [
    [`${folder}/${CARGO_FOLDER}/registry/src`, '/cargo'],
    [`${folder}/src`, '/src'],
  ].map(([from, to]) => `--remap-path-prefix=${from}=${to}`);
  return `[source.crates-io]
replace-with = "wheelmill"

[source.wheelmill]
registry = ${JSON.stringify(`sparse+${new URL('../cargo/', index)}`)}

[http]
timeout = ${HTTP_TIMEOUT_SECONDS}

[build]
rustflags = ${JSON.stringify(remapped)}
`;
}
