import { readFileSync } from 'node:fs';
import { parse } from 'smol-toml';
import Type, { type Static } from 'typebox';
import { checked } from '../src/storage/json-records.ts';

const Text = Type.String({ minLength: 1 });
const ProjectSchema = Type.Object(
  {
    name: Text,
    version: Text,
    /** Who builds it. */
    backend: Text,
    /** What it is here to show. */
    for: Text,
  },
  { additionalProperties: false },
);
export type Project = Static<typeof ProjectSchema>;

const ListSchema = Type.Object(
  {
    /** Debian packages of the reference's image: the same for every project. */
    reference: Type.Object({ packages: Type.Array(Text) }, { additionalProperties: false }),
    /** Lists that are built with their libraries left to Debian packages, by the names of projects. */
    apt: Type.Object({ lists: Type.Array(Type.Array(Text)) }, { additionalProperties: false }),
    project: Type.Array(ProjectSchema),
  },
  { additionalProperties: false },
);

export type SurveyList = {
  packages: readonly string[];
  projects: readonly Project[];
  aptLists: readonly (readonly Project[])[];
};

const FILE = new URL('projects.toml', import.meta.url);

/** What is surveyed; throws where the file has fields that nobody knows, a project twice, or a list of projects that are not in it. */
export function surveyList(text = readFileSync(FILE, 'utf8')): SurveyList {
  const { reference, apt, project } = checked(ListSchema, parse(text), 'survey/projects.toml');
  const names = project.map(({ name }) => name.toLowerCase());
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new Error(`survey/projects.toml has ${twice} twice.`);
  const aptLists = apt.lists.map((list) => list.map((name) => named(project, name)));
  return { packages: reference.packages, projects: project, aptLists };
}

/** The projects of these names, in the list's order; all for none. Throws for a name that the list does not have. */
export function chosen(projects: readonly Project[], only: readonly string[]): Project[] {
  const names = new Set(only.map((name) => named(projects, name).name));
  return projects.filter(({ name }) => names.size === 0 || names.has(name));
}

function named(projects: readonly Project[], name: string): Project {
  const found = projects.find((one) => one.name === name);
  if (!found) throw new Error(`survey/projects.toml has no ${name}, which is asked for.`);
  return found;
}

/** A project as a line of a list: `psycopg2==2.9.13`. */
export const pinOf = ({ name, version }: Pick<Project, 'name' | 'version'>): string => `${name}==${version}`;
