import { type Html, html } from '../../../core/html.ts';
import { type FieldFault, type FieldName, nameOf, type Typed } from '../recipe/fields.ts';

type Asked = {
  field: FieldName;
  label: string;
  hint: string;
  kind: 'line' | 'lines' | 'short' | 'text' | readonly (readonly [value: string, text: string])[];
};

/** What is asked first is what most recipes are. */
const FIRST: readonly Asked[] = [
  { field: 'versions', label: 'Versions', hint: 'As in >=2,<3; empty for all', kind: 'line' },
  { field: 'packages', label: 'Debian packages', hint: 'Names, with spaces between', kind: 'line' },
  { field: 'buildConstraints', label: 'Build constraints', hint: 'One a line: setuptools<58', kind: 'lines' },
  { field: 'environment', label: 'Environment', hint: 'NAME=VALUE, one a line', kind: 'lines' },
  {
    field: 'configSettings',
    label: 'Config settings',
    hint: 'NAME=VALUE, one a line',
    kind: 'lines',
  },
  { field: 'note', label: 'Why', hint: 'For whoever reads it later', kind: 'text' },
];

const MORE: readonly Asked[] = [
  { field: 'memory', label: 'Memory', hint: 'As in 8GiB', kind: 'short' },
  { field: 'disk', label: 'Disk', hint: 'As in 12GiB', kind: 'short' },
  { field: 'pids', label: 'Processes', hint: 'At once', kind: 'short' },
  { field: 'time', label: 'Time', hint: 'As in 90m', kind: 'short' },
  { field: 'imports', label: 'Imports of the proof', hint: 'Modules, with spaces between', kind: 'line' },
  {
    ...{ field: 'frontEnd', label: 'Front end', hint: 'What makes the wheel' },
    kind: [
      ['', 'uv (default)'],
      ['uv', 'uv'],
      ['pip', 'pip'],
    ],
  },
  {
    ...{ field: 'libraries', label: 'Libraries', hint: 'That the runtime image lacks' },
    kind: [
      ['', 'bundle (default)'],
      ['bundle', 'bundle'],
      ['apt', 'apt'],
    ],
  },
  {
    ...{ field: 'debugInformation', label: 'Debug information', hint: 'Of compiled code' },
    kind: [
      ['', 'strip (default)'],
      ['strip', 'strip'],
      ['keep', 'keep'],
    ],
  },
];

/** One recipe of the form; what is rarely set has to be opened, unless something is there. */
export function recipeFieldset(title: string, number: number, typed: Typed, faults: readonly FieldFault[]): Html {
  const ask = (one: Asked) =>
    question(
      one,
      nameOf(number, one.field),
      typed[one.field] ?? '',
      faults.filter(({ field }) => field === one.field),
    );
  const isOpen = MORE.some(({ field }) => typed[field] !== undefined || faults.some((one) => one.field === field));
  return html`<fieldset><legend>${title}</legend><div class="fields">${FIRST.map(ask)}</div>
<details${isOpen && html` open`}><summary>Limits, proof and tools</summary><div class="fields">${MORE.map(ask)}</div></details></fieldset>\n`;
}

function question({ label, hint, kind }: Asked, id: string, value: string, faults: readonly FieldFault[]): Html {
  const isFaulty = faults.length > 0;
  const about = html` id="${id}" name="${id}" aria-describedby="${id}-hint${isFaulty && ` ${id}-faults`}"${isFaulty && html` aria-invalid="true"`}`;
  return html`<div class="field${kind === 'text' ? ' wide' : ''}"><label for="${id}">${label}</label>
${control(kind, about, value)}
<p class="hint" id="${id}-hint">${hint}</p>${isFaulty && html`<ul class="faults" id="${id}-faults">${faults.map(({ message }) => html`<li>${message}</li>`)}</ul>`}</div>\n`;
}

function control(kind: Asked['kind'], about: Html, value: string): Html {
  if (typeof kind !== 'string')
    return html`<select${about}>${kind.map(([one, text]) => html`<option value="${one}"${one === value && html` selected`}>${text}</option>`)}</select>`;
  // The first line break of a text area is not part of it.
  if (kind === 'lines')
    return html`<textarea${about} rows="${Math.min(8, value.split('\n').length + 1)}" spellcheck="false">\n${value}</textarea>`;
  return html`<input${about} value="${value}" autocomplete="off" spellcheck="false">`;
}
