import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import Type, { type Static, type TSchema } from 'typebox';
import { checked } from '../src/storage/json-records.ts';

const AboutSchema = Type.Array(Type.Tuple([Type.String(), Type.String()]));
/** What is to be known of a run to read its numbers: commit, images, date. */
export type About = Static<typeof AboutSchema>;

/** One part of the survey as it is kept, `docs/survey/<name>.json`: what was run, and a row for each thing. */
export type Part<Row> = { about: About; rows: Row[] };

type Versioned = { name: string; version: string };

const pathOf = (name: string): string => fileURLToPath(new URL(`../docs/survey/${name}.json`, import.meta.url));

/** What is kept of a part; undefined where it has not been run. */
export function readPart<Schema extends TSchema>(name: string, row: Schema): Part<Static<Schema>> | undefined {
  const path = pathOf(name);
  if (!existsSync(path)) return undefined;
  const schema = Type.Object({ about: AboutSchema, rows: Type.Array(row) }, { additionalProperties: false });
  return checked(schema, JSON.parse(readFileSync(path, 'utf8')), `docs/survey/${name}.json`) as Part<Static<Schema>>;
}

/** What is said of a run that went on where another one was cut off: of what changed in between, both. */
export function aboutBoth(before: About, now: About): About {
  return now.map(([what, value]) => {
    const earlier = before.find(([name]) => name === what)?.[1].split('; ') ?? [];
    return [what, [...new Set([...earlier, value])].join('; ')];
  });
}

/** Whether there is a row of this project in this version. */
export function hasRow(rows: readonly Versioned[], { name, version }: Versioned): boolean {
  return rows.some((row) => row.name === name && row.version === version);
}

/** Adds a row, in the place of what there is of the same project. */
export function putRow<Row extends Versioned>(rows: Row[], row: Row): void {
  const at = rows.findIndex(({ name }) => name === row.name);
  rows.splice(at < 0 ? rows.length : at, at < 0 ? 0 : 1, row);
}

/** Written after every row: a run that is cut off goes on where it was. */
export function writePart<Row>(name: string, part: Part<Row>): void {
  mkdirSync(dirname(pathOf(name)), { recursive: true });
  writeFileSync(pathOf(name), `${JSON.stringify(part, null, 2)}\n`);
}
