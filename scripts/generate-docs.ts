// npm run docs: writes the pages that tables in the source say better than a person could keep up to date.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { generatedFiles } from './docs/generated-files.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
for (const [path, text] of Object.entries(generatedFiles())) {
  writeFileSync(root + path, text);
  process.stdout.write(`${path}\n`);
}
