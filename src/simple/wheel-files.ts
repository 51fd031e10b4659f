import type { FastifyInstance, FastifyPluginCallback, FastifyRequest } from 'fastify';
import type { WheelRecord } from '../core/records/wheel.ts';
import { paths } from '../storage/bucket-paths.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { readWheelRecord } from '../storage/wheel-records.ts';
import { type FileAnswer, fileRoutes, noSuchFile } from './files.ts';
import { sendObject } from './send-object.ts';

export type WheelFilesOptions = {
  store: ObjectStore;
  /** Whether this client may have the stored wheel with this hash; everybody if left out. */
  mayRead?: (sha256: string, request: FastifyRequest) => boolean;
  /** Told of every wheel that goes out whole. */
  onWheel?: (record: WheelRecord, request: FastifyRequest) => void;
  /** Answers for wheels that are not stored; without it they are not found. */
  otherwise?: FileAnswer;
};

/**
 * `/wheels/:project/:sha256/:filename[.metadata]`: stored wheels at the bucket's own paths. Only what a record names is there,
 * of any visibility: who has the hash has been told of the wheel.
 */
export const wheelFiles: FastifyPluginCallback<WheelFilesOptions> = (app: FastifyInstance, options, done) => {
  const { store, mayRead = () => true, onWheel, otherwise } = options;
  fileRoutes(app, '/wheels', async (address, request, reply) => {
    const { project, sha256, filename, isMetadata } = address;
    const record = mayRead(sha256, request) ? await readWheelRecord(store, project, filename) : undefined;
    if (record?.sha256 !== sha256) {
      if (otherwise && filename.endsWith('.whl')) return otherwise(address, request, reply);
      throw noSuchFile();
    }
    const file = isMetadata
      ? { key: paths.wheelMetadata(project, sha256, filename), sha256: record.metadataSha256 }
      : { key: paths.wheelFile(project, sha256, filename), sha256, size: record.size };
    const whole = await sendObject(request, reply, store, file);
    if (whole && !isMetadata) onWheel?.(record, request);
  });
  done();
};
