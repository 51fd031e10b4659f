import { type Html, html } from '../../../core/html.ts';

export const buildLink = (key: string, text: string): Html => html`<a href="/dashboard/builds/${key}">${text}</a>`;

export const projectLink = (name: string): Html => html`<a href="/dashboard/projects/${name}">${name}</a>`;

/** The form of a project's recipe, for who may write it. */
export const recipeLink = (project: string, text: string): Html =>
  html`<a href="/dashboard/projects/${project}/recipe">${text}</a>`;

export const prebuildLink = (id: string): Html =>
  html`<a href="/dashboard/prebuilds/${id}"><code>${shortId(id)}</code></a>`;

/** What a reason means, and what to do, is on the page of errors. */
export const reasonLink = (reason: string): Html => html`<a href="/docs/errors#reason-${reason}">${reason}</a>`;

/** As much of an id as tells two apart that a person looks at. */
export const shortId = (id: string): string => id.slice(0, 10);
