import Type, { type Static } from 'typebox';

const Count = Type.Integer({ minimum: 0 });
const Day = Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\d$', description: 'Of UTC' });
const Text = Type.String();

/** `downloads/<project>/<day>/<writer>.json`: what one process has sent of a project's wheels on a day. It alone writes it. */
export const DayDownloadsSchema = Type.Object({
  schema: Type.Literal(1),
  project: Text,
  /** The last addition that is in here, by its number: it is not added twice where nobody knows whether it was written. */
  addition: Count,
  wheels: Type.Record(Text, Count),
});
export type DayDownloads = Static<typeof DayDownloadsSchema>;

/** `downloads/<project>/<day>.json`: what all processes have sent until the end of that day. */
export const PastDownloadsSchema = Type.Object({
  schema: Type.Literal(1),
  project: Text,
  /** By file name; `last` is the day of the last one. */
  wheels: Type.Record(Text, Type.Object({ count: Count, last: Day })),
  /** Of the last days, as many as anybody asks for. */
  days: Type.Record(Day, Count),
});
export type PastDownloads = Static<typeof PastDownloadsSchema>;
