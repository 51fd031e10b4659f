import { type Html, html } from '../../../core/html.ts';
import { lenientWheelFilename } from '../../../core/wheel-filename.ts';
import { readRecipes } from '../../../storage/recipe-records.ts';
import type { Api } from '../../context.ts';
import { type Suggestion, suggestionOf } from '../../overview/suggestions.ts';
import { knownName } from '../../projects/name.ts';
import { type ProjectView, projectView, type WheelView } from '../../projects/view.ts';
import type { PageMaker } from '../page.ts';
import { action, carefulAction } from '../parts/action.ts';
import { ago, bytes, count, moment, plural } from '../parts/amounts.ts';
import { linkOf } from '../parts/pager.ts';
import { stateMark } from '../parts/state.ts';
import { table } from '../parts/table.ts';
import type { Viewer } from '../viewer.ts';
import { buildLink } from './links.ts';
import { recipeSection } from './recipe-section.ts';

/** Healed builds that are looked at: the newest wheels come first. */
const MOST_SUGGESTIONS = 10;

/** One project: its wheels by version, what each needs, what was deleted, and how it is built. */
export function projectPage(api: Api): PageMaker {
  return {
    concerns: ({ kind, id }, { params }) => kind === 'projects' && id === params.project,
    async make({ params, viewer, now }) {
      const name = knownName(params.project!);
      const [view, recipes] = await Promise.all([
        projectView(api.store, name, viewer.base),
        readRecipes(api.store, name),
      ]);
      const keys = view.wheels.flatMap((one) => (one.visibility === 'prebuild' && one.build ? [one.build.key] : []));
      const asked = [...new Set(keys)].slice(0, MOST_SUGGESTIONS);
      const found = await Promise.all(asked.map((key) => suggestionOf(api.store, key)));
      const suggestions = found.filter((one): one is Suggestion => one !== undefined);
      return {
        ...{ title: name, section: 'projects', json: `/api/v1/projects/${name}` },
        parts: [
          { name: 'head', body: head(view) },
          { name: 'recipe', body: recipeSection(name, recipes, suggestions, viewer) },
          { name: 'wheels', body: wheels(view, viewer, now) },
          { name: 'deleted', body: deleted(view, viewer, now) },
        ],
      };
    },
  };
}

function head({ name, wheels: all, downloads }: ProjectView): Html {
  const versions = new Set(all.map((one) => one.version));
  return html`<h1>${name}</h1><p>${plural(all.length, 'wheel')} of ${plural(versions.size, 'version')} · <a href="/simple/${name}/">index page</a> · <a href="${linkOf('/dashboard/builds', { project: name })}">its builds</a></p>
<p>${downloads.total === 0 ? 'Never downloaded from here' : `${plural(downloads.total, 'download')}, ${count(downloads.last30Days)} in the last 30 days`}</p>`;
}

function wheels({ name, wheels: all }: ProjectView, viewer: Viewer, now: number): Html {
  const versions = [...new Set(all.map((one) => one.version))];
  return html`${versions.map((version) => {
    const own = all.filter((one) => one.version === version);
    return html`<section><h2>${version}</h2>${table(
      `Wheels of ${version}`,
      [
        { head: 'Wheel', kind: 'main' },
        'State',
        'Tags',
        { head: 'Size', kind: 'number' },
        { head: 'Downloads', kind: 'number' },
        'Asks for',
        'From',
        'Stored',
      ],
      own.map((one) => wheelRow(one, now)),
    )}${viewer.may('admin') && html`<div class="actions">${versionActions(name, version, own)}</div>`}</section>`;
  })}`;
}

function wheelRow(wheel: WheelView, now: number) {
  const { filename, url, size, yanked, proof, libraries, bundled = [], origin, build, uploadedAt, visibility } = wheel;
  const { downloads, lastDownload } = wheel;
  const tags = lenientWheelFilename(filename)?.tags ?? [];
  const asks = libraries?.map((one) => one.package ?? one.soname) ?? [];
  return [
    html`<a href="${new URL(url).pathname}" download><code class="file">${filename}</code></a>`,
    html`${yanked !== undefined && html`${stateMark('yanked')} ${yanked !== true && yanked} `}${proof && stateMark(proof.state)}${visibility === 'prebuild' && html` <span class="quiet">only for the lists that asked for it</span>`}`,
    html`${tags.slice(0, 2).join(', ')}${tags.length > 2 && ` and ${tags.length - 2} more`}`,
    bytes(size),
    html`${count(downloads)}${lastDownload !== undefined && html`<p class="hint">last ${lastDownload}</p>`}`,
    html`${libraries === undefined ? 'nobody has looked' : asks.length === 0 ? 'nothing' : [...new Set(asks)].join(', ')}${bundled.length > 0 && html`<p class="hint">brings ${bundled.map((one) => one.soname).join(', ')}</p>`}`,
    build ? buildLink(build.key, origin) : origin,
    ago(uploadedAt, now),
  ];
}

function versionActions(name: string, version: string, own: readonly WheelView[]): Html {
  const path = `/dashboard/projects/${name}`;
  const fields = [['version', version]] as const;
  const isYanked = own.every((one) => one.yanked !== undefined);
  return html`${
    isYanked
      ? action(`${path}/unyank`, `Take the yank of ${version} back`, fields)
      : carefulAction(`${path}/yank`, {
          label: `Yank ${version}`,
          about: 'Installers take it only where it is pinned. It can be taken back.',
          fields,
        })
  }${carefulAction(`${path}/delete`, {
    label: `Delete ${version}`,
    about: `${plural(own.length, 'wheel')} will be on no page any more. For a day it can be taken back.`,
    fields,
  })}`;
}

function deleted({ name, deleted: all }: ProjectView, viewer: Viewer, now: number): Html {
  if (all.length === 0) return html``;
  return html`<section><h2>Deleted</h2>${table(
    'Deleted wheels',
    [{ head: 'Wheel', kind: 'main' }, 'Deleted', 'Why', 'Bytes', ''],
    all.map(({ filename, deletedAt, reason, bytesUntil }) => [
      html`<code class="file">${filename}</code>`,
      ago(deletedAt, now),
      reason,
      bytesUntil === undefined ? 'gone' : `until ${moment(bytesUntil)}`,
      viewer.may('admin') && action(`/dashboard/projects/${name}/undelete`, 'Take back', [['filename', filename]]),
    ]),
  )}</section>`;
}
