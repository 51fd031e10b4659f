/*
 * In which order the lines of several files count. pip reads a file again each time it is named, which takes exponential
 * time where files name files twice. The same comes out of reading each once or twice:
 * - of requirements the first of equal ones counts, so a file is read at the first place that names it;
 * - of options the last of equal ones counts (a step that is taken again leaves what it would have left without its first
 *   time), so a file is read at the last place that names it.
 */

export type Role = 'requirements' | 'constraints';

/** A file as a node: the places of its lines that name other files, in the order of lines. */
export interface FileNode {
  /** By line, `to` is a place among the files. */
  readonly edges: ReadonlyMap<number, { readonly to: number; readonly as: Role }>;
  readonly lineCount: number;
}

export interface Root {
  readonly file: number;
  readonly as: Role;
}

/** Files that no other file names, and files that were sent as constraints; of a ring of files the first. */
export function findRoots(nodes: readonly FileNode[], roles: readonly Role[]): Root[] {
  const named = new Set(
    nodes.flatMap((node, at) => [...node.edges.values()].map(({ to }) => to).filter((to) => to !== at)),
  );
  const constraints = roles.flatMap((as, file) => (as === 'constraints' ? [{ file, as }] : []));
  const requirements = roles.flatMap((as, file) => (as === 'requirements' && !named.has(file) ? [{ file, as }] : []));
  const roots: Root[] = [...constraints, ...requirements];
  const reached = new Set<number>();
  const reach = (start: number): void => {
    const waiting = [start];
    for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
      if (reached.has(file)) continue;
      reached.add(file);
      for (const { to } of nodes[file]?.edges.values() ?? []) waiting.push(to);
    }
  };
  for (const { file } of roots) reach(file);
  for (const file of nodes.keys()) {
    if (reached.has(file)) continue;
    roots.push({ file, as: 'requirements' });
    reach(file);
  }
  return roots;
}

/** One line of a file, read for what its file was named as. */
export interface Visit {
  readonly file: number;
  readonly line: number;
  readonly as: Role;
}

/** All lines in the order of their first reading, once for each role, and the lines that close a ring. */
export function firstReadings(nodes: readonly FileNode[], roots: readonly Root[]): { visits: Visit[]; rings: Visit[] } {
  const visits: Visit[] = [];
  const rings: Visit[] = [];
  const done = new Set<string>();
  const open = new Set<number>();
  const read = (file: number, as: Role): void => {
    const node = nodes[file];
    if (node === undefined || done.has(`${file} ${as}`)) return;
    done.add(`${file} ${as}`);
    open.add(file);
    for (let line = 0; line < node.lineCount; line += 1) {
      const edge = node.edges.get(line);
      if (edge === undefined) visits.push({ file, line, as });
      else if (open.has(edge.to)) rings.push({ file, line, as });
      else read(edge.to, edge.as);
    }
    open.delete(file);
  };
  for (const { file, as } of roots) read(file, as);
  return { visits, rings };
}

/** All lines once, in the order of their last reading. */
export function lastReadings(nodes: readonly FileNode[], roots: readonly Root[]): Omit<Visit, 'as'>[] {
  const backwards: Omit<Visit, 'as'>[] = [];
  const done = new Set<number>();
  const read = (file: number): void => {
    const node = nodes[file];
    if (node === undefined || done.has(file)) return;
    done.add(file);
    for (let line = node.lineCount - 1; line >= 0; line -= 1) {
      const edge = node.edges.get(line);
      if (edge === undefined) backwards.push({ file, line });
      else read(edge.to);
    }
  };
  for (const { file } of [...roots].reverse()) read(file);
  return backwards.reverse();
}
