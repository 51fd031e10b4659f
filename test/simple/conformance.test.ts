/** The simple repository API, sentence by sentence: https://packaging.python.org/en/latest/specifications/simple-repository-api/ */
import t from 'tap';
import { FILES } from './conformance/files.ts';
import { HTML_ROWS } from './conformance/html.ts';
import { conformanceIndex } from './conformance/index.ts';
import { JSON_ROWS } from './conformance/json.ts';
import { NEGOTIATION } from './conformance/negotiation.ts';
import { ROUTES } from './conformance/routes.ts';
import { conforms } from './conformance/table.ts';

const TABLES = { HTML: HTML_ROWS, JSON: JSON_ROWS, negotiation: NEGOTIATION, routes: ROUTES, files: FILES };

t.test('conformance', async (t) => {
  const index = await conformanceIndex(t);
  for (const [name, rows] of Object.entries(TABLES)) await t.test(name, async (t) => conforms(t, index, rows));
});
