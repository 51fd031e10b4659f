import type { NormalizedName } from './names.ts';
import type { ListOptions } from './records/list-options.ts';

/** What the options of a list say of one project. */
export type ProjectOptions = {
  /** Which files may be taken: upstream's wheels, sdists, or either. */
  formats: 'any' | 'wheels' | 'sdists';
  /** An older version that has a wheel comes before a newer one that has none. */
  preferBinary: boolean;
  /** Whether pre-releases count; left out, they do where a specifier names one or nothing else can be had (PEP 440). */
  prereleases: boolean | undefined;
};

const ALL = ':all:';

/**
 * What holds for a project: an option that names it goes before one for `:all:`
 * (pip: `FormatControl.get_allowed_formats`, `ReleaseControl.allows_prereleases`).
 */
export function projectOptions(options: ListOptions, name: NormalizedName): ProjectOptions {
  const first = <T>(rows: readonly (readonly [T, readonly string[] | undefined])[]): T | undefined =>
    [name, ALL].flatMap((one) => rows.filter(([, names]) => names?.includes(one))).map(([value]) => value)[0];
  return {
    formats: first([['wheels', options.onlyBinary] as const, ['sdists', options.noBinary] as const]) ?? 'any',
    preferBinary: options.preferBinary ?? false,
    prereleases: first([[true, options.allReleases] as const, [false, options.onlyFinal] as const]),
  };
}
