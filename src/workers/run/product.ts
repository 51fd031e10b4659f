import { CoreError, quoted } from '../../core/faults.ts';
import { parseWheelFilename } from '../../core/wheel-filename.ts';
import { BuildFailure } from '../../errors.ts';

/** Names of what a build has left that ends in .whl: regular files, and other things. All hostile. */
export type Left = { wheels: string[]; others: string[] };

/** The name of the one wheel a build has left. Throws BuildFailure `bad-wheel` where there is not exactly one. */
export function oneWheel({ wheels, others }: Left): string {
  const [filename, ...more] = wheels;
  if (filename === undefined && others[0] !== undefined) {
    throw badWheel(`The build left ${quoted(others[0])}, which is not a regular file`);
  }
  if (filename === undefined) throw badWheel('The build ended without an error but left no wheel');
  if (more.length > 0) throw badWheel(`The build left more than one wheel: ${wheels.map(quoted).join(', ')}`);
  try {
    return parseWheelFilename(filename).filename;
  } catch (error) {
    if (error instanceof CoreError) throw new BuildFailure('bad-wheel', error.message, { cause: error });
    throw error;
  }
}

export function badWheel(sentence: string, cause?: unknown): BuildFailure {
  return new BuildFailure('bad-wheel', `${sentence}.`, { cause });
}

export function tooLarge(size: number, most: number): BuildFailure {
  return new BuildFailure('output-too-large', `The wheel has ${size} bytes; a wheel may have ${most}.`);
}
