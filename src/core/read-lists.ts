import type { ListFault } from './records/list-fault.ts';
import type { ListOptions } from './records/list-options.ts';
import type { Requirement } from './records/requirement.ts';
import { parseRequirementsFiles } from './requirements-files.ts';

/** One file of a posting. The role is what the client says it is for; `-r` and `-c` lines inside name files too. */
export type ListFile = { name: string; bytes: Uint8Array; role: 'requirements' | 'constraints' };

/** What a lock file or a project file offers to choose from (PEP 735 groups, extras); empty for a requirements list. */
export type Selection = { extras: readonly string[]; groups: readonly string[] };

/** All that the files of one posting say together. With any fault they must not be used. */
export type Lists = {
  requirements: Requirement[];
  constraints: Requirement[];
  options: ListOptions;
  faults: ListFault[];
  warnings: ListFault[];
};

/**
 * Reads the files of one posting, each by its name: the one place that knows which formats there are.
 * It never throws for what is in them: everything wrong is in `faults`, in the order of files and lines.
 */
export function readLists(files: readonly ListFile[], _selection: Selection = { extras: [], groups: [] }): Lists {
  return parseRequirementsFiles(files);
}
