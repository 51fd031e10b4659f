import type { ListCode } from './list-codes.ts';
import { lockFormat, readLockFile } from './lists/lock-file.ts';
import type { MadeFor } from './lists/made-for.ts';
import { type Choices, type Selection, unknownChoices } from './lists/selection.ts';
import type { ListFault } from './records/list-fault.ts';
import type { ListOptions } from './records/list-options.ts';
import type { Requirement } from './records/requirement.ts';
import { parseRequirementsFiles } from './requirements-files.ts';

export type { Selection } from './lists/selection.ts';

/** One file of a posting. The role is what the client says it is for; `-r` and `-c` lines inside name files too. */
export type ListFile = { name: string; bytes: Uint8Array; role: 'requirements' | 'constraints' };

/** All that the files of one posting say together. With any fault they must not be used. */
export type Lists = {
  requirements: Requirement[];
  constraints: Requirement[];
  options: ListOptions;
  faults: ListFault[];
  warnings: ListFault[];
  /** For which targets lock files are made: `unsuited` tells for which they are not. */
  madeFor?: MadeFor[];
};

/**
 * Reads the files of one posting, each by its name: the one place that knows which formats there are.
 * It never throws for what is in them: everything wrong is in `faults`, requirements lists before lock files.
 */
export function readLists(files: readonly ListFile[], selection: Selection = { extras: [], groups: [] }): Lists {
  const named = files.length > 1;
  const plain = files.filter(({ name, bytes }) => lockFormat(name, bytes) === undefined);
  const lists: Lists =
    plain.length > 0
      ? parseRequirementsFiles(plain, { named })
      : { requirements: [], constraints: [], options: {}, faults: [], warnings: [] };
  const choices: Choices[] = [];
  const madeFor: MadeFor[] = [];
  for (const { name, bytes, role } of files) {
    const format = lockFormat(name, bytes);
    if (format === undefined) continue;
    const lock = readLockFile(format, bytes, selection, named ? { file: name } : {});
    lists[role].push(...lock.requirements);
    lists.faults.push(...lock.faults);
    lists.warnings.push(...lock.warnings);
    choices.push(lock.choices);
    if (lock.madeFor) madeFor.push(lock.madeFor);
  }
  // Of files that could not be read it is not known what they offer.
  if (lists.faults.length === 0) lists.faults.push(...unknownChoices(selection, choices).map(unknown));
  return { ...lists, madeFor };
}

function unknown(message: string): ListFault {
  return { line: 1, text: '', code: 'unknown-selection' satisfies ListCode, message };
}
