import { EventEmitter } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import type { PGlite, Results } from '@electric-sql/pglite';

type Row = Record<string, unknown>;
/** What BullMQ reads of an answer of `pg`. */
export type PgAnswer<R> = { rows: R[]; rowCount: number };

/** A pool of `pg`'s shape: as much of it as BullMQ's PostgreSQL backend uses. */
export interface PglitePool extends EventEmitter {
  /** BullMQ looks here for `keepAlive`: an in-process connection cannot be lost silently, so waiting needs no polling. */
  readonly options: { keepAlive: true };
  query<R = Row>(text: string, params?: readonly unknown[]): Promise<PgAnswer<R>>;
  connect(): Promise<PgliteClient>;
  end(): Promise<void>;
}

export interface PgliteClient extends EventEmitter {
  query<R = Row>(text: string, params?: readonly unknown[]): Promise<PgAnswer<R>>;
  release(): void;
}

/**
 * PGlite as a pool of `pg`. PGlite is a single session: every client shares it, so a client that has sent BEGIN keeps
 * all others waiting until its COMMIT or ROLLBACK, and what one client LISTENs to all clients hear (BullMQ filters by
 * channel and queue). Ending the pool leaves the database open: who opened it closes it.
 *
 * PGlite computes on this thread and answers without I/O, so one query after the other would keep the event loop from
 * ever turning (measured: a timer of 2 s did not fire in 40 s of adding jobs). Every query waits for the next turn.
 */
export function pgliteAsPool(database: PGlite): PglitePool {
  const clients = new Set<PgliteClient>();
  database.onNotification((channel, payload) => {
    for (const client of [...clients]) client.emit('notification', { channel, payload });
  });
  let turn: Promise<void> = Promise.resolve();
  /** Resolves with the function that lets the next one in. */
  const takeTurn = async (): Promise<() => void> => {
    const before = turn;
    let free: () => void = () => {};
    turn = new Promise((resolve) => {
      free = resolve;
    });
    await before;
    await setImmediate();
    return free;
  };

  const run = async <R>(text: string, params?: readonly unknown[]): Promise<PgAnswer<R>> => {
    // As in pg: only a text without parameters may hold several statements (migrations do).
    const results: Results[] =
      params === undefined || params.length === 0
        ? await database.exec(text)
        : [await database.query(text, [...params])];
    const last = results.at(-1);
    return { rows: (last?.rows ?? []) as R[], rowCount: last?.affectedRows ?? 0 };
  };
  const query = async <R>(text: string, params?: readonly unknown[]): Promise<PgAnswer<R>> => {
    const free = await takeTurn();
    try {
      return await run<R>(text, params);
    } finally {
      free();
    }
  };

  const connect = async (): Promise<PgliteClient> => {
    let endTransaction: (() => void) | undefined;
    const client: PgliteClient = Object.assign(new EventEmitter(), {
      async query<R>(text: string, params?: readonly unknown[]): Promise<PgAnswer<R>> {
        if (/^\s*BEGIN\b/i.test(text)) endTransaction = await takeTurn();
        if (endTransaction === undefined) return query<R>(text, params);
        try {
          return await run<R>(text, params);
        } finally {
          if (/^\s*(COMMIT|ROLLBACK)\b/i.test(text)) {
            endTransaction();
            endTransaction = undefined;
          }
        }
      },
      release() {
        clients.delete(client);
      },
    });
    // Every waiting lane listens here, more than the ten Node takes for a leak.
    client.setMaxListeners(0);
    clients.add(client);
    return client;
  };

  const pool = Object.assign(new EventEmitter(), {
    options: { keepAlive: true } as const,
    query,
    connect,
    end: async () => {},
  });
  return pool.setMaxListeners(0);
}
