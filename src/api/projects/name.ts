import Type from 'typebox';
import { isProjectName, type NormalizedName, normalizeName } from '../../core/names.ts';
import { WheelmillError } from '../../errors.ts';

/** Parameters of the routes of one project. */
export const ProjectName = Type.Object({ project: Type.String({ description: 'Project name, in any spelling' }) });

/** The name in a path. Throws WheelmillError `bad-request` for what is none. */
export function knownName(text: string): NormalizedName {
  if (isProjectName(text)) return normalizeName(text);
  throw new WheelmillError(
    'bad-request',
    `${JSON.stringify(text.slice(0, 80))} is not a project name: use letters, digits, "-", "_" and ".", with a letter or digit at both ends.`,
  );
}
