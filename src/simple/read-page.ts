import type { IndexPage } from '../core/index-page.ts';
import type { RenderedPage } from './index-view.ts';

type PageJson = {
  name: string;
  versions: string[];
  files: {
    filename: string;
    url: string;
    hashes: { sha256: string };
    size?: number;
    'requires-python'?: string;
    yanked?: true | string;
    'core-metadata'?: true | { sha256: string };
    'upload-time'?: string;
  }[];
};

/** Our own rendering (`renderProjectJson`), read back: one object instead of a record for every wheel. */
export function readPage(rendered: RenderedPage): IndexPage {
  const page = JSON.parse(rendered.body.toString()) as PageJson;
  return {
    name: page.name,
    versions: page.versions,
    files: page.files.map((file) => {
      const metadata = file['core-metadata'];
      return {
        filename: file.filename,
        url: file.url,
        sha256: file.hashes.sha256,
        ...(file.size !== undefined && { size: file.size }),
        ...(file['requires-python'] !== undefined && { requiresPython: file['requires-python'] }),
        ...(file.yanked !== undefined && { yanked: file.yanked }),
        ...(metadata === true && { coreMetadata: metadata }),
        ...(typeof metadata === 'object' && { coreMetadataSha256: metadata.sha256 }),
        ...(file['upload-time'] !== undefined && { uploadTime: file['upload-time'] }),
      };
    }),
  };
}
