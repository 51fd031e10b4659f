/**
 * Settles as `work` does, or rejects after `ms` milliseconds; then what becomes of `work` is nobody's business.
 *
 * @param late makes what it rejects with then
 */
export async function withDeadline<T>(
  ms: number,
  work: Promise<T>,
  late = () => new Error(`no answer within ${ms / 1000} s`),
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), ms);
  });
  try {
    return await Promise.race([work, over]);
  } finally {
    clearTimeout(timer);
  }
}
