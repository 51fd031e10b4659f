/** Who has files of upstream fetched, within bounds. */
export type Asker = {
  /** Is told how many bytes have been fetched for what was asked, or will be. Throws where it may not have so many. */
  pay(bytes: number): void;
  /** Runs a fetch, from its beginning to its end, when it is the asker's turn. */
  turn(fetch: () => Promise<void>): Promise<void>;
};

/**
 * Those who wait for one file. The first pays for it; where that one cannot, the next does. So nobody goes without a file
 * because somebody else asked for it first and had too little left.
 */
export class Payers {
  readonly #those: Asker['pay'][] = [];

  /** Without an asker it costs nobody anything. */
  join(asker: Asker | undefined): void {
    this.#those.push(asker ? (bytes) => asker.pay(bytes) : () => {});
  }

  /** @throws what the last one throws, when none is left who can */
  pay(bytes: number): void {
    for (;;) {
      try {
        this.#those[0]?.(bytes);
        return;
      } catch (error) {
        this.#those.shift();
        if (this.#those.length === 0) throw error;
      }
    }
  }
}
