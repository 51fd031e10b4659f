/**
 * Runs work of one project one after the other: two uploads of one name at once must not both find that it is free. It holds
 * for this process; of two processes the last record written counts, and the bytes of both are whole.
 */
export function createProjectTurns(): <T>(project: string, work: () => Promise<T>) => Promise<T> {
  const turns = new Map<string, Promise<unknown>>();
  return async (project, work) => {
    const before = turns.get(project) ?? Promise.resolve();
    const turn = before.catch(() => undefined).then(work);
    turns.set(project, turn);
    try {
      return await turn;
    } finally {
      if (turns.get(project) === turn) turns.delete(project);
    }
  };
}
