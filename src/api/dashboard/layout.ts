import { type Html, html } from '../../core/html.ts';
import type { AssetUrls } from './assets.ts';
import { type Page, SECTIONS, type SectionName } from './page.ts';
import type { Viewer } from './viewer.ts';

/** With scripts off a page that changes by itself is loaded again so often, in seconds. */
const REFRESH_SECONDS = 5;

export const TITLES: Readonly<Record<SectionName, string>> = {
  ...{ overview: 'Overview', prebuilds: 'Prebuilds', builds: 'Builds', projects: 'Projects' },
  ...{ targets: 'Targets', failures: 'Failures' },
};

export const pathOf = (section: SectionName): string =>
  section === 'overview' ? '/dashboard' : `/dashboard/${section}`;

/** A whole page. `events` is where its changes come from, for one that changes by itself. */
export function renderPage(
  page: Page,
  viewer: Viewer,
  { urls, events, note }: { urls: AssetUrls; events?: string | undefined; note?: string | undefined },
): string {
  const live = events !== undefined && !page.ended;
  return shell({
    title: page.title,
    urls,
    head: live && html`<noscript><meta http-equiv="refresh" content="${REFRESH_SECONDS}"></noscript>`,
    nav: navigation(page.section, viewer),
    main: html`<main id="main" tabindex="-1"${live && html` data-events="${events}"`}>
${note && html`<p class="note" role="status">${note}</p>`}
${page.parts.map(({ name, body, still }) => html`<div ${still ? 'data-still' : 'data-part'}="${name}">${body}</div>\n`)}
</main>
<footer><p>${page.json !== undefined && html`<a href="${page.json}">This page as JSON</a> · `}<a href="/docs">The HTTP interface</a> · <a href="/docs/errors">Errors</a> · times are UTC</p></footer>`,
  });
}

/** Any page of ours for people, in the same clothes. */
export function shell(parts: { title: string; urls: AssetUrls; head?: Html | false; nav?: Html; main: Html }): string {
  return html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${parts.title} · Wheelmill</title>
<link rel="icon" href="${parts.urls.icon}" type="image/svg+xml">
<link rel="stylesheet" href="${parts.urls.style}">
<script type="module" src="${parts.urls.script}"></script>
${parts.head}
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header>${parts.nav}</header>
${parts.main}
</body>
</html>
`.text;
}

/** The way to every section. `current`: the one that a page is of, if it is of one. */
export function navigation(current: SectionName | undefined, { token }: Pick<Viewer, 'token'>): Html {
  const links = SECTIONS.map(
    (one) => html`<li><a href="${pathOf(one)}"${one === current && html` aria-current="true"`}>${TITLES[one]}</a></li>`,
  );
  return html`<a class="brand" href="/dashboard">Wheelmill</a>
<nav aria-label="Sections"><ul>${links}</ul></nav>
${token !== undefined && html`<form method="post" action="/logout" class="session"><span>${token}</span> <button class="plain">Sign out</button></form>`}`;
}
