import type { CrateName } from '../../core/crate-name.ts';
import { BuildFailure } from '../../errors.ts';
import { discoverRegistry } from '../../upstream/crates/cargo-config.ts';
import { createRegistry } from '../../upstream/crates/registry.ts';
import { readText } from '../../upstream/read-text.ts';
import { shownUrl } from '../../upstream/upstream-index.ts';
import { type Check, ok, together, warning, wrong } from './check.ts';
import type { DoctorContext } from './context.ts';
import { adviceFor, proxyOf } from './upstream.ts';

/** A crate that nearly everything needs, so every registry that builds can work with has it. */
const CRATE = 'libc' as CrateName;

/** Whether the crates registry answers that builds with Rust are given. Without one only those builds fail. */
export function cratesCheck({ config }: DoctorContext): Check {
  const environment = { ...config.environment, WHEELMILL_CARGO_UPSTREAM: config.cargoUpstream };
  return {
    name: 'crates',
    seconds: 60,
    look: async () => {
      const { registry: index, fault } = discoverRegistry(environment, readText);
      if (fault !== undefined) return { level: 'wrong', found: `builds with Rust cannot have crates: ${fault}` };
      if (!index) return ok('no registry is configured: builds use the one that the cargo in them is made for');
      const registry = createRegistry(index, { environment: config.environment });
      const url = shownUrl(index.url);
      try {
        await registry.check();
        const lines = await registry.versions(CRATE);
        const proxy = proxyOf(config.environment);
        const through = proxy ? [ok(`through the proxy ${proxy}`)] : [];
        return lines
          ? together([ok(`${url} answers with ${lines.length} versions of ${CRATE}`), ...through])
          : together([
              warning(
                `${url} answers; it does not have ${CRATE}`,
                'Most builds with Rust need it: see whether this is the registry that is meant.',
              ),
              ...through,
            ]);
      } catch (error) {
        if (!(error instanceof BuildFailure)) throw error;
        const advice = adviceFor(error, config.environment, {
          setting: 'WHEELMILL_CARGO_UPSTREAM',
          secret: "the registry's token into CARGO_REGISTRIES_<NAME>_TOKEN or cargo's credentials.toml",
        });
        return wrong(error.message, advice);
      } finally {
        await registry.close();
      }
    },
  };
}
