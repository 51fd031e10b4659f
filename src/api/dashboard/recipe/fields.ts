/** What a form says of one recipe, in the order in which it asks. */
export const FIELDS = [
  'versions',
  'packages',
  'buildConstraints',
  'environment',
  'configSettings',
  'imports',
  'memory',
  'disk',
  'pids',
  'time',
  'frontEnd',
  'libraries',
  'debugInformation',
  'note',
] as const;
export type FieldName = (typeof FIELDS)[number];

/** Fields as somebody has typed them; what was left empty is not there. */
export type Typed = Partial<Record<FieldName, string>>;

/** What is wrong with a field. `recipe` counts them from 1. */
export type FieldFault = { recipe: number; field: FieldName; message: string };

/** A field's name in the form, and its id on the page. */
export const nameOf = (recipe: number, field: FieldName): string => `${recipe}.${field}`;

const NAME = new RegExp(`^([1-9]\\d{0,2})\\.(${FIELDS.join('|')})$`);

/** What was sent of each recipe, by its number; and the names of fields that no such form has. */
export function typedRecipes(form: Readonly<Record<string, string>>): { typed: Map<number, Typed>; unknown: string[] } {
  const typed = new Map<number, Typed>();
  const unknown: string[] = [];
  for (const [name, value] of Object.entries(form)) {
    const [, number, field] = NAME.exec(name) ?? [];
    if (number === undefined) unknown.push(name);
    else if (value.trim() !== '')
      typed.set(Number(number), { ...typed.get(Number(number)), [field as FieldName]: value });
  }
  return { typed: new Map([...typed].sort(([one], [other]) => one - other)), unknown };
}
