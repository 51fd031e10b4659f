import { quoted } from '../../core/faults.ts';
import { BuildFailure } from '../../errors.ts';
import type { Resolution } from '../builder.ts';
import { type Diagnosis, diagnose } from './diagnose.ts';

/** A list of ten thousand pins. */
const MAX_ANSWER_BYTES = 1024 * 1024;
const MAX_EXPLANATION_CHARS = 1000;

/** Takes what a resolver prints, up to what any honest list needs. */
export function createPins() {
  const answer: Buffer[] = [];
  let size = 0;
  return {
    take(data: Buffer): void {
      size += data.length;
      if (size <= MAX_ANSWER_BYTES) answer.push(data);
    },
    /** Throws BuildFailure `resolve-failed`. */
    pins(): Resolution {
      if (size <= MAX_ANSWER_BYTES) return parsePins(Buffer.concat(answer).toString());
      throw new BuildFailure('resolve-failed', 'The list needs more projects than can be handled.');
    },
  };
}

/** Reads `name==version` lines. Throws BuildFailure `resolve-failed` naming a line that is something else. */
export function parsePins(text: string): Resolution {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name, version] = /^([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;@]+)$/.exec(line) ?? [];
      if (name !== undefined && version !== undefined) return { name, version };
      throw new BuildFailure(
        'resolve-failed',
        `The list needs ${quoted(line)}, which is no version of a project on the index.`,
      );
    });
}

/** What uv says of a list it cannot resolve, as one sentence. */
export function diagnoseResolution(tail: string, exitCode: number, otherwise = diagnose): Diagnosis {
  const text = tail.replace(/\s+/g, ' ');
  const explanation = /No solution found when resolving dependencies:? (?:cause: )?(.*)/.exec(text)?.[1]?.trim();
  if (explanation === undefined) {
    const found = otherwise(tail, exitCode);
    const built = lastBuilt(tail);
    return built === undefined ? found : { ...found, message: `What ${built} needs is not known: ${found.message}` };
  }
  const message = explanation.slice(0, MAX_EXPLANATION_CHARS);
  const missing =
    /Because ([\w.-]+) was not found in the package registry and you require/.test(text) ||
    /Because there (?:is|are) no versions? of [^,]+? and you require/.test(text);
  return { reason: missing ? 'no-such-version' : 'resolve-failed', message };
}

/** The version whose metadata uv tried to get by its build back-end, and could not. */
function lastBuilt(log: string): string | undefined {
  return [...log.matchAll(/Failed to (?:download and )?build `([A-Za-z0-9][A-Za-z0-9._-]{0,100}==[^`\s]{1,100})`/g)].at(
    -1,
  )?.[1];
}
