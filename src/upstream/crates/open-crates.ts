import { WheelmillError } from '../../errors.ts';
import { readText } from '../read-text.ts';
import { discoverRegistry } from './cargo-config.ts';
import { type CrateRegistry, createRegistry, type RegistryOptions } from './registry.ts';
import { parseRegistryUrl } from './registry-url.ts';

export type Crates = {
  /**
   * The registry of the settings or of cargo on this machine, else the one that the cargo which asks is made for: a URL as it
   * writes them, `sparse+https://…`.
   *
   * @throws WheelmillError `bad-config` where there is none that can be used
   */
  registry(builtIn: string | undefined): CrateRegistry;
  close(): Promise<void>;
};

/**
 * The crates registries of this process, each opened when it is first needed.
 *
 * @returns the client and a sentence about configuration that cannot be used, for the log.
 */
export function openCrates(options: RegistryOptions & { environment: Readonly<Record<string, string | undefined>> }): {
  crates: Crates;
  warnings: string[];
} {
  const { registry: configured, fault } = discoverRegistry(options.environment, readText);
  const opened = new Map<string, CrateRegistry>();

  function choose(builtIn: string | undefined) {
    if (fault !== undefined) throw new WheelmillError('bad-config', fault);
    const known = configured ?? (builtIn === undefined ? undefined : parseRegistryUrl(builtIn));
    if (known && (known === configured || known.url.startsWith('https:'))) return known;
    throw new WheelmillError(
      'bad-config',
      'No crates registry is known: the cargo that asks does not tell the one it is made for. Set WHEELMILL_CARGO_UPSTREAM.',
    );
  }

  return {
    crates: {
      registry(builtIn) {
        const index = choose(builtIn);
        const known = opened.get(index.url) ?? createRegistry(index, options);
        opened.set(index.url, known);
        return known;
      },
      async close() {
        await Promise.all([...opened.values()].map((one) => one.close()));
      },
    },
    warnings: fault === undefined ? [] : [`Builds cannot have crates. ${fault}`],
  };
}
