import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import Type, { type Static } from 'typebox';
import Value from 'typebox/value';
import { quoted } from '../../core/faults.ts';
import { BuildFailure } from '../../errors.ts';
import { cargoConfig } from '../run/cargo-home.ts';
import { type Prepared, parsePrepared } from '../run/prepared.ts';
import { badWheel, oneWheel, tooLarge } from '../run/product.ts';
import { pythonCommand } from '../run/scripts.ts';
import { StepFailed } from '../run/step-failed.ts';
import { BUILD_FOLDER, BUILD_USER } from './container.ts';
import { SCRIPTS } from './scripts.ts';
import type { Supervised } from './supervise.ts';
import { TOOLBOX_MARKER } from './toolbox-places.ts';
import { INSIDE } from './tunnel.ts';

/** Exit codes of prepare.py. */
const BAD_ARCHIVE = 3;
const TOOLBOX_MISSING = 4;

const FILENAME = /^[A-Za-z0-9][A-Za-z0-9._+!-]{0,254}$/;
const MAX_HEADER_BYTES = 64 * 1024;

/** The toolbox's volume is empty: somebody removed it since it was filled. */
export class ToolboxMissing extends Error {}

export type Inward = {
  filename: string;
  size: number;
  input: Iterable<Buffer> | AsyncIterable<Buffer>;
  /** Whether it is a source archive, to be unpacked. */
  unpack: boolean;
  /** A file without which there is no point in going on. */
  required: string;
};

/** Puts a file into the work folder, whose sub-folders are made; tells what came of a source archive. */
export async function putFile({ guard, step }: Supervised, python: string, file: Inward): Promise<Prepared> {
  if (!FILENAME.test(file.filename))
    throw new TypeError(`${quoted(file.filename)} is no name for a file in a container`);
  let printed = '';
  const what = file.unpack ? 'unpack' : 'keep';
  const values = [
    String(file.size),
    file.filename,
    BUILD_FOLDER,
    what,
    file.required,
    cargoConfig(INSIDE),
    'compilers',
  ];
  try {
    await step(
      { arguments: pythonCommand(python, SCRIPTS.prepare, values), user: BUILD_USER },
      {
        input: counted(file.input, guard.alive),
        onOutput: async ({ channel, data }) => {
          if (channel === 'stderr') await guard.take(data);
          else if (printed.length < MAX_HEADER_BYTES) printed += data.toString();
        },
      },
    );
  } catch (error) {
    if (!(error instanceof StepFailed) || guard.trip !== undefined) throw error;
    if (error.exitCode === TOOLBOX_MISSING) throw new ToolboxMissing('the toolbox is missing', { cause: error });
    if (error.exitCode === BAD_ARCHIVE) {
      throw new BuildFailure('build-error', guard.tail().trim(), { logTail: guard.tail() });
    }
    throw error;
  }
  const { folder, ...rest } = parsePrepared(printed);
  if (file.unpack && !FILENAME.test(folder)) {
    throw new BuildFailure('build-error', `The sdist's folder is called ${quoted(folder)}, which sdists never have.`);
  }
  return { ...rest, folder: `${BUILD_FOLDER}/src/${folder}` };
}

/** Puts a text file into the folder `in` of the work folder. */
export async function putText(
  inside: Supervised,
  python: string,
  { filename, text }: { filename: string; text: string },
): Promise<void> {
  const input = [Buffer.from(text)];
  const { length: size } = input[0]!;
  await putFile(inside, python, { filename, size, input, unpack: false, required: TOOLBOX_MARKER });
}

/** The bytes of a file of ours, exactly as many as are announced. */
export async function readExactly(path: string, size: number): Promise<AsyncIterable<Buffer>> {
  const found = (await stat(path)).size;
  if (found !== size) throw new Error(`a source archive has ${found} bytes instead of ${size}`);
  return createReadStream(path);
}

async function* counted(input: Inward['input'], alive: () => void): AsyncGenerator<Buffer> {
  for await (const chunk of input) {
    alive();
    yield chunk;
  }
}

const HeaderSchema = Type.Object({
  wheels: Type.Array(Type.String()),
  others: Type.Array(Type.String()),
  size: Type.Integer({ minimum: 0 }),
});

/**
 * Brings the wheel of a finished build to `folder`, after ending whatever the build left running. Everything that
 * comes is hostile: the name is checked against the grammar before it is used, and the bytes are counted.
 * @throws BuildFailure `bad-wheel` where there is not exactly one, `output-too-large`
 */
export async function takeWheel(
  { guard, step }: Supervised,
  python: string,
  { folder, most }: { folder: string; most: number },
): Promise<{ path: string; filename: string }> {
  const wheel = createReceiver(folder, most);
  try {
    await step(
      { arguments: pythonCommand(python, SCRIPTS.take, [`${BUILD_FOLDER}/out`, String(most)]), user: BUILD_USER },
      {
        onOutput: async ({ channel, data }) => {
          guard.alive();
          if (channel === 'stdout') await wheel.write(data);
          else await guard.take(data);
        },
      },
    );
    return await wheel.finish();
  } finally {
    await wheel.close();
  }
}

/** Takes what take.py prints, a line about the wheel and its bytes, and believes none of it. */
export function createReceiver(folder: string, most: number) {
  let header = Buffer.alloc(0);
  let size = 0;
  let written = 0;
  let target: { filename: string; path: string; file: Awaited<ReturnType<typeof open>> } | undefined;

  async function begin(line: Buffer): Promise<void> {
    const answer = parseHeader(line);
    const filename = oneWheel(answer);
    size = answer.size;
    if (size > most) throw tooLarge(size, most);
    const path = join(folder, filename);
    target = { filename, path, file: await open(path, 'wx') };
  }

  return {
    async write(data: Buffer): Promise<void> {
      let rest = data;
      if (target === undefined) {
        header = Buffer.concat([header, data]);
        const end = header.indexOf('\n');
        if (end === -1 && header.length < MAX_HEADER_BYTES) return;
        await begin(header.subarray(0, end));
        rest = header.subarray(end + 1);
      }
      written += rest.length;
      if (written > size) throw badWheel('More bytes came than the wheel has');
      await target?.file.writeFile(rest);
    },
    async finish() {
      if (target === undefined || written !== size) throw badWheel('The wheel could not be read whole');
      return { filename: target.filename, path: target.path };
    },
    close: async () => target?.file.close(),
  };
}

function parseHeader(line: Buffer): Static<typeof HeaderSchema> {
  let answer: unknown;
  try {
    answer = JSON.parse(line.toString());
  } catch (cause) {
    throw badWheel('The list of wheels cannot be read', cause);
  }
  if (!Value.Check(HeaderSchema, answer)) throw badWheel('The list of wheels cannot be read');
  return answer;
}
