import { surveyPage } from '../../survey/page/survey-page.ts';
import { configurationPage, sampleEnvironment } from './configuration.ts';
import { errorsPage } from './errors.ts';
import { requirementsPage } from './requirements.ts';

/** Every generated file: its path from the root of the repository, and its text. */
export function generatedFiles(): Record<string, string> {
  return {
    'docs/configuration.md': configurationPage(),
    'docs/errors.md': errorsPage(),
    'docs/requirements.md': requirementsPage(),
    'docs/survey.md': surveyPage(),
    'docker/sample.env': sampleEnvironment(),
  };
}
