import t from 'tap';
import { negotiateIndexType, prefersText } from '../../src/core/negotiation.ts';

const JSON_V1 = 'application/vnd.pypi.simple.v1+json';
const HTML_V1 = 'application/vnd.pypi.simple.v1+html';
const HTML = 'text/html';

const ROWS: [name: string, accept: string | undefined, answer: string | undefined, format?: string][] = [
  ['pip', `${JSON_V1}, ${HTML_V1}; q=0.1, text/html; q=0.01`, JSON_V1],
  ['uv', `${JSON_V1}, ${HTML_V1};q=0.2, text/html;q=0.01`, JSON_V1],
  ['an old pip', 'text/html', HTML],
  ['a browser', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', HTML],
  ['curl', '*/*', HTML],
  ['no header', undefined, HTML],
  ['an empty header', '', HTML],
  ['any application type', 'application/*', JSON_V1],
  ['equal wishes', `${HTML}, ${JSON_V1}`, JSON_V1],
  ['HTML before JSON by weight', `${JSON_V1};q=0.2, ${HTML_V1};q=0.3`, HTML_V1],
  ['a type ruled out although the wildcard has it', `*/*, ${HTML};q=0`, JSON_V1],
  ['a named type before the wildcard', `*/*;q=0.5, ${HTML_V1};q=0.5`, HTML_V1],
  ['the more specific range counts, not the greater weight', `${JSON_V1};q=0.1, application/*;q=0.9`, HTML_V1],
  ['latest', 'application/vnd.pypi.simple.latest+json', JSON_V1],
  ['latest in HTML', 'application/vnd.pypi.simple.latest+html', HTML_V1],
  ['upper case and blanks', ` ${JSON_V1.toUpperCase()} ; Q=0.5 `, JSON_V1],
  ['other parameters', `${JSON_V1}; charset=utf-8; q=0.5, ${HTML};q=0.4`, JSON_V1],
  ['a newer version', 'application/vnd.pypi.simple.v2+json', undefined],
  ['nothing we have', 'image/png', undefined],
  ['everything ruled out', '*/*;q=0', undefined],
  ['a weight that is none', `${JSON_V1};q=high`, undefined],
  ['a format overrides', HTML, JSON_V1, JSON_V1],
  ['a format by its alias', HTML, JSON_V1, 'application/vnd.pypi.simple.latest+json'],
  ['an unknown format', HTML, undefined, 'application/json'],
];

for (const [name, accept, answer, format] of ROWS) {
  t.test(name, async (t) => t.equal(negotiateIndexType(accept, format), answer));
}

t.test('plain text', async (t) => {
  const rows: [accept: string | undefined, isPreferred: boolean][] = [
    ['text/plain', true],
    ['text/plain, */*', true],
    ['TEXT/PLAIN;q=0.5, application/json;q=0.4', true],
    ['application/json, text/plain;q=0.9', false],
    ['*/*', false],
    ['text/*', false],
    ['text/plain;q=0', false],
    ['text/html', false],
    ['', false],
    [undefined, false],
  ];
  for (const [accept, isPreferred] of rows) t.equal(prefersText(accept), isPreferred, accept ?? 'no header');
});
