import { decodeList } from './list-encoding.ts';
import { type Finding, fault, isFinding, type Located, shownLine } from './list-finding.ts';
import { normalizePath, resolveInclude } from './list-includes.ts';
import { type ListLine, readLine } from './list-line.ts';
import { type LogicalLine, logicalLines } from './list-lines.ts';
import type { FileNode } from './list-order.ts';
import type { ListFile } from './read-lists.ts';
import type { ListFault } from './records/list-fault.ts';
import type { Requirement } from './records/requirement.ts';

/** Of all files of a posting together: each may be as long as a list gets, all of them may not. */
const MAX_LINES = 20_000;

/** A file with its lines read, each by itself. */
interface ReadFile {
  /** Undefined where there is only one. */
  readonly name: string | undefined;
  readonly lines: readonly (LogicalLine & ListLine)[];
}

/** A finding and the file it belongs to. */
type Placed = Located & { readonly file: number };

/** The files of one posting, each line read by itself, and what was found so far. */
export class Reading {
  private readonly findings: Placed[] = [];
  private faulty = false;
  readonly files: readonly ReadFile[];
  private readonly sent: readonly ListFile[];
  private lineCount = 0;

  constructor(sent: readonly ListFile[], named: boolean) {
    this.sent = sent;
    this.files = sent.map(({ name, bytes }, file) => ({
      name: named ? name : undefined,
      lines: this.linesOf(bytes, file),
    }));
  }

  find(file: number, { line, text }: LogicalLine, finding: Finding): void {
    this.findings.push({ file, line, text, finding });
    if (finding.severity === 'fault') this.faulty = true;
  }

  findAt({ file, line }: Requirement, text: string, finding: Finding): void {
    const place = this.files.findIndex(({ name }) => name === file);
    this.find(place, { line, text }, finding);
  }

  get hasFaults(): boolean {
    return this.faulty;
  }

  private linesOf(bytes: Uint8Array, file: number): (LogicalLine & ListLine)[] {
    const text = decodeList(bytes);
    if (isFinding(text)) {
      this.find(file, { line: 1, text: '' }, text);
      return [];
    }
    const { lines, findings } = logicalLines(text);
    for (const { finding, ...line } of findings) this.find(file, line, finding);
    this.lineCount += lines.length;
    if (this.lineCount > MAX_LINES) {
      const message = `The files have more than ${MAX_LINES} requirements and options in all; send fewer of them at once.`;
      this.find(file, { line: 1, text: '' }, fault('list-too-large', message));
      return [];
    }
    return lines.map((line) => {
      const read = readLine(line);
      for (const finding of read.findings) this.find(file, line, finding);
      return { ...line, ...read };
    });
  }

  /** Which lines lead to which files. */
  nodes(): FileNode[] {
    const places = new Map<string, number>();
    for (const [file, { name }] of this.sent.entries()) {
      const path = normalizePath(name) ?? name;
      if (places.has(path)) {
        const how = 'give each its own, in curl by "requirements=@FILE;filename=NAME"';
        this.find(
          file,
          { line: 1, text: '' },
          fault('ambiguous-file', `Two files are named "${path.slice(0, 200)}": ${how}.`),
        );
      }
      places.set(path, file);
    }
    return this.files.map(({ lines }, file) => {
      const edges = lines.flatMap((line, at) => {
        if (line.include === undefined) return [];
        const to = resolveInclude(line.include, this.sent[file]?.name ?? '', places);
        if (!isFinding(to)) return [[at, { to, as: line.include.as }] as const];
        this.find(file, line, to);
        return [];
      });
      return { edges: new Map(edges), lineCount: lines.length };
    });
  }

  /** What was found, in the order of files and lines. */
  found(severity: Finding['severity']): ListFault[] {
    return this.findings
      .filter(({ finding }) => finding.severity === severity)
      .sort((a, b) => a.file - b.file || a.line - b.line)
      .map(({ file, line, text, finding: { code, message } }) => {
        const name = this.files[file]?.name;
        return { ...(name !== undefined && { file: name }), line, text: shownLine(text), code, message };
      });
  }
}
