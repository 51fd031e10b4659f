import { sha256Hex } from '../../src/core/sha256.ts';
import { type IndexServer, page, send } from '../upstream/index-server.ts';

/** A file of a project; its bytes and so its hash are those of its name. */
export type Offer = { filename: string; requires?: string[]; metadata?: boolean };

/** An index with these files, metadata published unless said otherwise. */
export function offer(server: IndexServer, projects: Record<string, Offer[]>): void {
  for (const [name, files] of Object.entries(projects)) {
    const listed = files.map(({ filename, requires = [], metadata = filename.endsWith('.whl') }) => {
      const text = `Metadata-Version: 2.1\nName: ${name}\nVersion: 1.0\n${requires.map((one) => `Requires-Dist: ${one}\n`).join('')}`;
      server.routes.set(`/files/${filename}.metadata`, send(text));
      return {
        filename,
        url: `/files/${filename}`,
        hashes: { sha256: sha256Hex(filename) },
        size: filename.length,
        'core-metadata': metadata,
      };
    });
    server.routes.set(`/simple/${name}/`, page(listed));
  }
}
