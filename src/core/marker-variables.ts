import type { MarkerEnvironment } from './records/marker-environment.ts';

/* The variables of markers: https://packaging.python.org/en/latest/specifications/dependency-specifiers/#environment-markers */

export type MarkerVariable = keyof MarkerEnvironment | 'extra';
/** Variables of lock files that hold several names. */
export type MarkerList = 'extras' | 'dependency_groups';
/** Compared as versions where both sides allow it; all the others are plain strings. */
export const VERSION_VARIABLES: readonly MarkerVariable[] = [
  'python_version',
  'python_full_version',
  'implementation_version',
  'platform_release',
];

export const VARIABLES: readonly MarkerVariable[] = [
  'os_name',
  'sys_platform',
  'platform_machine',
  'platform_python_implementation',
  'platform_release',
  'platform_system',
  'platform_version',
  'python_version',
  'python_full_version',
  'implementation_name',
  'implementation_version',
  'extra',
];

export const LISTS: readonly MarkerList[] = ['extras', 'dependency_groups'];

/** Spellings of PEP 345 and of old setuptools that installers still read. */
export const ALIASES: ReadonlyMap<string, MarkerVariable> = new Map([
  ['os.name', 'os_name'],
  ['sys.platform', 'sys_platform'],
  ['platform.version', 'platform_version'],
  ['platform.machine', 'platform_machine'],
  ['platform.python_implementation', 'platform_python_implementation'],
  ['python_implementation', 'platform_python_implementation'],
]);
