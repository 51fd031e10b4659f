/** As many as a list shows where nobody says how many. */
const SHOWN = 50;

/** The first items of a list that comes page by page. */
export async function takeItems<T>(items: AsyncIterable<T>, limit: number = SHOWN): Promise<T[]> {
  const taken: T[] = [];
  for await (const item of items) {
    taken.push(item);
    if (taken.length === limit) break;
  }
  return taken;
}
