import { table } from '../../scripts/docs/table.ts';
import type { About } from '../part.ts';

/** What is said of a run, as a table without a head of its own. */
export const aboutTable = (about: About): string => table(['About this run', ''], about);
