/** What prepare.py has left: the folder with the source, and the registry that the cargo which is there is made for. */
export type Prepared = { folder: string; registry?: string };

/** A registry as cargo writes it. The name of the folder is the archive's, so it is the last that is printed. */
const ANSWER = /^(sparse\+https:\/\/[A-Za-z0-9.-]+\/)?\n([\s\S]*)$/;

/** Reads what prepare.py prints. The folder is the archive's own text: its grammar is for the caller to check. */
export function parsePrepared(printed: string): Prepared {
  const [, registry, folder = ''] = ANSWER.exec(printed) ?? [];
  return { folder: folder.trim(), ...(registry !== undefined && { registry }) };
}
