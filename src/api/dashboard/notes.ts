export const NOTES: Readonly<Record<string, string>> = {
  retried: 'It is tried again.',
  cancelled: 'It was cancelled.',
  cancelling: 'It is being cancelled.',
  verifying: 'It is built again, and compared with what is stored.',
  accepted: 'That is in the recipe now. From the next build on its wheel is for everybody.',
  'recipe-set': 'It is set, and counts from the next build on.',
  'recipe-removed': 'What was set is removed.',
  yanked: 'It is yanked.',
  unyanked: 'The yank was taken back.',
  deleted: 'It was deleted. For a day it can be taken back.',
  undeleted: 'It is back.',
};

/** What a page says after something was done there: by code, so that no address can put words into it. Undefined for others. */
export function noteOf(code = ''): string | undefined {
  return Object.hasOwn(NOTES, code) ? NOTES[code] : undefined;
}
