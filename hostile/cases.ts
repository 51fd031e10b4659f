import { escapes } from './cases/escapes.ts';
import { hooks } from './cases/hooks.ts';
import { imports } from './cases/imports.ts';
import { reach } from './cases/reach.ts';
import { resources } from './cases/resources.ts';
import { sdists } from './cases/sdists.ts';
import { wheels } from './cases/wheels.ts';
import type { HostileCase } from './hostile-case.ts';

export const HOSTILE: readonly HostileCase[] = [
  ...resources,
  ...reach,
  ...escapes,
  ...hooks,
  ...imports,
  ...wheels,
  ...sdists,
];
