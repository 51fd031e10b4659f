import type { FastifyInstance, FastifyPluginCallback, FastifyRequest } from 'fastify';
import { normalizeName } from '../core/names.ts';
import type { WheelRecord } from '../core/records/wheel.ts';
import { paths } from '../storage/bucket-paths.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { type FileAnswer, fileRoutes, noSuchFile } from './files.ts';
import type { Hidden } from './hidden.ts';
import { sendBytes, sendObject } from './send-object.ts';
import type { WheelMemory } from './wheel-memory.ts';

/** Counts a wheel that is sent. It runs for each one: no more than an entry of a map. */
export type OnDownload = (wheel: Pick<WheelRecord, 'project' | 'filename'>) => void;

export type WheelFilesOptions = {
  store: ObjectStore;
  wheels: WheelMemory;
  /** Whether this client may have the stored wheel with this hash; everybody if left out. */
  mayRead?: (sha256: string, request: FastifyRequest) => boolean;
  /** What is not there for anybody. */
  hidden?: Hidden;
  /** Told of every wheel that goes out whole. */
  onWheel?: (record: WheelRecord, request: FastifyRequest) => void;
  /** Told of every wheel that goes out whole, or from its first byte: what goes on with a part of it was counted then. */
  onDownload?: OnDownload;
  /** Answers for wheels that are not stored; without it they are not found. */
  otherwise?: FileAnswer;
};

/**
 * `/wheels/:project/:sha256/:filename[.metadata]`: stored wheels at the bucket's own paths. Only what a record names is there,
 * of any visibility: who has the hash has been told of the wheel.
 */
export const wheelFiles: FastifyPluginCallback<WheelFilesOptions> = (app: FastifyInstance, options, done) => {
  const { store, wheels, mayRead = () => true, hidden, onWheel, onDownload, otherwise } = options;
  fileRoutes(app, '/wheels', async (address, request, reply) => {
    const { project, sha256, filename, isMetadata } = address;
    if (await hidden?.project(normalizeName(project))) throw noSuchFile();
    const record = mayRead(sha256, request) ? await wheels.record(project, filename) : undefined;
    if (record?.sha256 !== sha256) {
      if (otherwise && filename.endsWith('.whl')) return otherwise(address, request, reply);
      throw noSuchFile();
    }
    if (await hidden?.wheel(record)) throw noSuchFile();
    if (isMetadata) {
      const bytes = await wheels.metadata(record);
      if (bytes) return sendBytes(request, reply, { bytes, sha256: record.metadataSha256 });
      const key = paths.wheelMetadata(project, sha256, filename);
      await sendObject(request, reply, store, { key, sha256: record.metadataSha256 });
      return;
    }
    const key = paths.wheelFile(project, sha256, filename);
    const sent = await sendObject(request, reply, store, { key, sha256, size: record.size });
    if (sent === 'whole') onWheel?.(record, request);
    if (sent !== 'none') onDownload?.(record);
  });
  done();
};
