import { type Html, html } from '../../../core/html.ts';
import type { VersionRecipe } from '../../../core/records/project-recipes.ts';
import type { EffectiveRecipes } from '../../../storage/recipe-records.ts';
import type { Suggestion } from '../../overview/suggestions.ts';
import { action } from '../parts/action.ts';
import { facts } from '../parts/table.ts';
import type { Viewer } from '../viewer.ts';
import { buildLink } from './links.ts';

/** How a project is built, and what somebody may add to that. */
export function recipeSection(
  project: string,
  found: EffectiveRecipes | undefined,
  suggestions: readonly Suggestion[],
  viewer: Viewer,
): Html {
  const recipes = found?.recipes ?? [];
  return html`<section><h2>Recipe</h2>
${suggestions.map(
  ({
    key,
    version,
    packages,
  }) => html`<div class="suggestion"><p><b>Suggested:</b> ${buildLink(key, `${project} ${version}`)} was built with ${packages.map((one) => html`<code>${one}</code> `)}, which Wheelmill found by itself.</p>
${viewer.may('admin') && action(`/dashboard/builds/${key}/recipe`, 'Accept as the recipe', [['back', 'project']], 'primary')}</div>`,
)}
${recipes.length === 0 ? html`<p class="empty">It has none: it is built as it is.</p>` : html`<p class="quiet">${found?.source === 'stored' ? 'Set here.' : 'Comes with Wheelmill.'}</p>`}
${recipes.map((one) => html`<h3>${one.versions === undefined || one.versions === '' ? 'All versions' : html`Versions <code>${one.versions}</code>`}</h3>${recipeFacts(one)}`)}
${
  viewer.may('admin')
    ? html`<p><a class="button" href="/dashboard/projects/${project}/recipe">${recipes.length === 0 ? 'Write a recipe' : 'Change it'}</a></p>`
    : html`<p class="quiet">A token with the scope admin can change it, here and by <code>wheelmill recipe set ${project}</code>.</p>`
}</section>`;
}

function recipeFacts(recipe: VersionRecipe): Html {
  const {
    packages = [],
    environment,
    configSettings,
    buildConstraints = [],
    frontEnd,
    libraries,
    limits,
    imports,
    note,
  } = recipe;
  const pairs = (of: object | undefined) =>
    of && Object.keys(of).length > 0 && html`<code>${JSON.stringify(of)}</code>`;
  return facts([
    ['Debian packages', packages.length > 0 && packages.map((one) => html`<code>${one}</code> `)],
    ['Environment', pairs(environment)],
    ['Config settings', pairs(configSettings)],
    ['Build constraints', buildConstraints.length > 0 && html`<code>${buildConstraints.join(' ')}</code>`],
    ['Front end', frontEnd],
    ['Libraries', libraries],
    ['Limits', pairs(limits)],
    ['Imports', imports?.join(', ')],
    ['Why', note],
  ]);
}
