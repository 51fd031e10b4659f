import t from 'tap';
import { type HtmlValue, html } from '../../src/core/html.ts';

const rows: [what: string, value: HtmlValue, shown: string][] = [
  ['text', 'six', 'six'],
  [
    'what could be markup',
    `<img src=x onerror='alert("&")'>`,
    '&lt;img src=x onerror=&#39;alert(&quot;&amp;&quot;)&#39;&gt;',
  ],
  ['what was escaped before', '&lt;', '&amp;lt;'],
  ['a number, zero too', 0, '0'],
  ['nothing', undefined, ''],
  ['a condition that does not hold', false, ''],
  ['HTML of the tag', html`<b>${'<'}</b>`, '<b>&lt;</b>'],
  ['a list, each by itself', ['<', html`<i></i>`, [1, '>']], '&lt;<i></i>1&gt;'],
];

t.test('what stands in a template', async (t) => {
  for (const [what, value, shown] of rows)
    t.equal(html`<p title="${value}">${value}</p>`.text, `<p title="${shown}">${shown}</p>`, what);
});
