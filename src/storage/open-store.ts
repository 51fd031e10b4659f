import { createFileStore } from './file-store.ts';
import type { ObjectStore } from './object-store.ts';
import type { S3Settings } from './s3-store.ts';

/**
 * The store the settings ask for: an S3 bucket when one is named, else the folder, which holds nothing but objects. The S3
 * client, which is large, is loaded only for that.
 */
export async function openStore(settings: { s3?: S3Settings | undefined; dataFolder: string }): Promise<ObjectStore> {
  if (!settings.s3) return createFileStore({ folder: settings.dataFolder });
  const { createS3Store } = await import('./s3-store.ts');
  return createS3Store(settings.s3);
}
