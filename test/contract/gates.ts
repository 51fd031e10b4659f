/** A door that handlers wait at until the test opens it. */
export function gate(): { passed: Promise<void>; open(): void } {
  let open = () => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}

/** What happened, in order; `first(n)` resolves when it has happened n times. */
export function steps<T>(): { add(step: T): void; all(): T[]; count(): number; first(n: number): Promise<T[]> } {
  const seen: T[] = [];
  const waiting = new Set<() => void>();
  return {
    add(step) {
      seen.push(step);
      for (const look of waiting) look();
    },
    all: () => [...seen],
    count: () => seen.length,
    first: (n) =>
      new Promise((resolve) => {
        const look = () => {
          if (seen.length < n) return;
          waiting.delete(look);
          resolve(seen.slice(0, n));
        };
        waiting.add(look);
        look();
      }),
  };
}
