import { createFileStore } from './file-store.ts';
import type { ObjectStore } from './object-store.ts';
import { createS3Store, type S3Settings } from './s3-store.ts';

/** The store the settings ask for: an S3 bucket when one is named, else the folder, which holds nothing but objects. */
export function openStore(settings: { s3?: S3Settings | undefined; dataFolder: string }): ObjectStore {
  return settings.s3 ? createS3Store(settings.s3) : createFileStore({ folder: settings.dataFolder });
}
