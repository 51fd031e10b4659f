import { mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { createPostgresBackend, runMigrations } from 'bullmq';
import { createBullmqQueue } from './bullmq-queue.ts';
import { createLocalBus } from './bus.ts';
import { type PglitePool, pgliteAsPool } from './pglite-pool.ts';
import type { WorkQueue } from './queue.ts';
import { QUEUE_DEFAULTS, type QueueOptions } from './queue-options.ts';

/** PGlite runs no background processes: nobody else vacuums (every job leaves dead rows) or writes checkpoints. */
const TIDY_EVERY_MS = 15 * 60_000;

/**
 * The queue inside this process: BullMQ's PostgreSQL backend on PGlite, its files in `folder`. One process at a time
 * may have it open (`holdDataFolder`). Jobs that ran when the last owner died are taken up again at once. A folder that
 * cannot be read is started anew: what the queue loses, upkeep puts back.
 */
export async function openEmbeddedQueue(
  { folder }: { folder: string },
  overrides: Partial<QueueOptions> = {},
): Promise<WorkQueue> {
  // Everything in this process shares one thread with PostgreSQL, so a call may take longer than over a network.
  const options = { ...QUEUE_DEFAULTS, answerWithin: 10_000, ...overrides };
  const { database, pool } = await openDatabase(folder).catch(async (error) => {
    options.report(`The queue in ${folder} cannot be read and is started anew`, error);
    await rm(folder, { recursive: true, force: true });
    return openDatabase(folder);
  });
  await takeUpLostJobs(pool, options.maxLost);
  await tidy(pool);
  const tidying = setInterval(() => {
    tidy(pool).catch((error) => options.report('Tidying the queue', error));
  }, TIDY_EVERY_MS).unref();

  return createBullmqQueue(
    {
      kind: 'embedded',
      place: `in ${folder}`,
      factory: createPostgresBackend,
      ...{ producer: pool, consumer: pool, prefix: '', bus: createLocalBus() },
      // Nothing can be missed within one process, so idle workers need not look.
      drainDelay: 300,
      reachable: async () => {},
      async ping() {
        await pool.query('SELECT 1');
      },
      async close() {
        clearInterval(tidying);
        await database.close();
      },
    },
    options,
  );
}

async function openDatabase(folder: string): Promise<{ database: PGlite; pool: PglitePool }> {
  await mkdir(dirname(folder), { recursive: true });
  const database = await PGlite.create(folder);
  const pool = pgliteAsPool(database);
  const client = await pool.connect();
  await runMigrations(client);
  client.release();
  await pool.query('SET search_path TO bullmq');
  return { database, pool };
}

/**
 * The last owner is dead, so its locks are void: what it ran goes back to its place in the line. BullMQ would do so at
 * the second look after the lock's time, behind everything that waits.
 */
async function takeUpLostJobs(pool: PglitePool, maxLost: number): Promise<void> {
  await pool.query(
    `UPDATE job
        SET state = 'waiting', lock_token = NULL, locked_until_ms = NULL, stalled_marked = false,
            stalled_count = stalled_count + 1,
            deferred_failure = CASE WHEN stalled_count >= $1 THEN 'the worker was lost too often' END
      WHERE state = 'active'`,
    [maxLost],
  );
}

async function tidy(pool: PglitePool): Promise<void> {
  for (const table of ['job', 'job_log', 'event', 'dedup', 'dedup_next', 'meta']) await pool.query(`VACUUM ${table}`);
  await pool.query('CHECKPOINT');
}
