import { configurationPage, sampleEnvironment } from './configuration.ts';
import { errorsPage } from './errors.ts';

/** Every generated file: its path from the root of the repository, and its text. */
export function generatedFiles(): Record<string, string> {
  return {
    'docs/configuration.md': configurationPage(),
    'docs/errors.md': errorsPage(),
    'docker/sample.env': sampleEnvironment(),
  };
}
