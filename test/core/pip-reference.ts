/** pip's own parser as a process that answers one list after the other, and both sides' answers in the same words. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { formatMarker, parseMarker } from '../../src/core/marker.ts';
import type { ListFile, Lists } from '../../src/core/read-lists.ts';
import type { Requirement } from '../../src/core/records/requirement.ts';
import { findProgram, missing, stateDir } from '../services/state.ts';

/** A requirement as both sides say it. */
type Words = {
  name: string;
  extras: string[];
  specifier: string;
  marker: string | null;
  hashes: string[];
  settings: Record<string, string | string[]>;
};

type PipOptions = {
  noBinary: string[];
  onlyBinary: string[];
  allReleases: string[];
  onlyFinal: string[];
  preferBinary: boolean;
  requireHashes: boolean;
};

/** What pip reads; `foreign` where it would fetch something else than a file of an index. */
export type PipAnswer =
  | { refused: string }
  | {
      requirements: (Words | { foreign: string })[];
      constraints: (Words | { foreign: string })[];
      options: PipOptions;
    };

/** What both sides have to agree on. */
export type Reading = { requirements: Words[]; constraints: Words[]; options: PipOptions };

export type Root = [path: string, role: 'requirements' | 'constraints'];

/** The pip that `scripts/setup/services.sh` installs beside the tools. */
const folder = join(stateDir, 'tools/reference');

export class PipReference {
  private readonly process: ChildProcessWithoutNullStreams;
  private readonly lines: AsyncIterator<string>;
  private last: Promise<unknown>;
  private stderr = '';

  constructor() {
    if (!existsSync(join(folder, 'pip'))) throw missing('The pip to compare with is not installed');
    const script = fileURLToPath(new URL('./fixtures/pip-oracle.py', import.meta.url));
    // Of the machine's own settings and variables pip must know nothing, and UTF-8 is what it falls back on.
    this.process = spawn(findProgram('python3'), [script, folder], { env: { PYTHONUTF8: '1' } });
    this.process.stderr.on('data', (chunk: Buffer) => {
      this.stderr += chunk.toString();
    });
    this.lines = createInterface({ input: this.process.stdout })[Symbol.asyncIterator]();
    this.last = this.line();
  }

  private async line(): Promise<unknown> {
    const { value, done } = await this.lines.next();
    if (done) throw new Error(`pip's parser ended: ${this.stderr}`);
    return JSON.parse(value);
  }

  /** Answers come in the order of the questions. */
  ask(files: readonly ListFile[], roots: readonly Root[]): Promise<PipAnswer> {
    const content = Object.fromEntries(files.map(({ name, bytes }) => [name, Buffer.from(bytes).toString('base64')]));
    const answer = this.last.then(() => {
      this.process.stdin.write(`${JSON.stringify({ files: content, roots })}\n`);
      return this.line();
    });
    this.last = answer;
    return answer as Promise<PipAnswer>;
  }

  end(): void {
    this.process.stdin.end();
  }
}

/** The same requirement said twice is one. */
function distinct(all: readonly Words[]): Words[] {
  return [...new Map(all.map((one) => [JSON.stringify(one), one])).values()];
}

function wordsOf({ name, extras, specifier, marker, hashes, configSettings }: Requirement): Words {
  return { name, extras, specifier, marker: marker ?? null, hashes, settings: configSettings ?? {} };
}

export function readingOf({ requirements, constraints, options }: Lists): Reading {
  return {
    requirements: distinct(requirements.map(wordsOf)),
    constraints: distinct(constraints.map(wordsOf)),
    options: {
      noBinary: options.noBinary ?? [],
      onlyBinary: options.onlyBinary ?? [],
      allReleases: options.allReleases ?? [],
      onlyFinal: options.onlyFinal ?? [],
      preferBinary: options.preferBinary ?? false,
      requireHashes: options.requireHashes ?? false,
    },
  };
}

/** The marker's spelling is ours; that both mean the same is what packaging.test.ts shows. */
function respelled(words: Words): Words {
  return { ...words, marker: words.marker === null ? null : formatMarker(parseMarker(words.marker)) };
}

/** What pip reads, in our spelling; undefined where something is foreign. */
export function pipReading(answer: Exclude<PipAnswer, { refused: string }>): Reading | undefined {
  const all = [...answer.requirements, ...answer.constraints];
  if (all.some((one) => 'foreign' in one)) return undefined;
  const named = (names: string[]): string[] => names.filter((name) => name !== '');
  return {
    requirements: distinct((answer.requirements as Words[]).map(respelled)),
    constraints: distinct((answer.constraints as Words[]).map(respelled)),
    options: {
      ...answer.options,
      noBinary: named(answer.options.noBinary),
      onlyBinary: named(answer.options.onlyBinary),
      allReleases: named(answer.options.allReleases),
      onlyFinal: named(answer.options.onlyFinal),
    },
  };
}
