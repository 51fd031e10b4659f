import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { createPostgresBackend, runMigrations } from 'bullmq';
import { createBullmqQueue } from './bullmq-queue.ts';
import { createLocalBus } from './bus.ts';
import { type PglitePool, pgliteAsPool } from './pglite-pool.ts';
import type { WorkQueue } from './queue.ts';
import { QUEUE_DEFAULTS, type QueueOptions } from './queue-options.ts';

/** PostgreSQL's own defaults are for servers: with them this process takes 140 MB more. */
const SETTINGS = ['shared_buffers=8MB', 'max_connections=4', 'min_wal_size=32MB'];

/**
 * PGlite runs no background processes: nobody else vacuums or writes checkpoints. Every job leaves about ten dead rows,
 * and without tidying a thousand jobs slow each further one down.
 */
const TIDY_EVERY_JOBS = 500;
const TIDY_LOOK_MS = 2_000;

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
  const stopTidying = await keepTidy(pool, (error) => options.report('Tidying the queue', error));

  return createBullmqQueue(
    {
      kind: 'embedded',
      place: `in ${folder}`,
      factory: createPostgresBackend,
      ...{ producer: pool, consumer: pool, prefix: '', bus: createLocalBus() },
      // Nothing can be missed within one process, so idle workers need not look.
      drainDelay: 300,
      reachable: async () => {},
      isAway: () => false,
      async ping() {
        await pool.query('SELECT 1');
      },
      async close() {
        await stopTidying();
        await database.close();
      },
    },
    options,
  );
}

async function openDatabase(folder: string): Promise<{ database: PGlite; pool: PglitePool }> {
  await mkdir(dirname(folder), { recursive: true });
  // What makes a new database takes 500 MB, which are free again only when that instance is gone.
  if (!existsSync(join(folder, 'PG_VERSION'))) await (await PGlite.create(folder)).close();
  const startParams = [...PGlite.defaultStartParams, ...SETTINGS.flatMap((setting) => ['-c', setting])];
  const database = await PGlite.create(folder, { startParams });
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

/** Tidies now and whenever enough jobs went through; the returned function ends that. */
async function keepTidy(pool: PglitePool, failed: (error: unknown) => void): Promise<() => Promise<void>> {
  const jobsSoFar = async () => Number((await pool.query('SELECT last_value FROM job_seq')).rows[0]?.last_value);
  let tidied = await jobsSoFar();
  await tidy(pool);
  const look = async () => {
    const jobs = await jobsSoFar();
    if (jobs < tidied + TIDY_EVERY_JOBS) return;
    tidied = jobs;
    await tidy(pool);
  };
  let looking: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    looking = looking.then(look).catch(failed);
  }, TIDY_LOOK_MS).unref();
  return () => {
    clearInterval(timer);
    return looking;
  };
}

async function tidy(pool: PglitePool): Promise<void> {
  for (const table of ['job', 'job_log', 'event', 'dedup', 'dedup_next', 'meta']) await pool.query(`VACUUM ${table}`);
  await pool.query('CHECKPOINT');
}
