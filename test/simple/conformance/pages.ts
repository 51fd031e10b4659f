/** Pages of an index as its clients see them. */
import type { Index, View } from './index.ts';
import { HTML_V1, JSON_V1 } from './index.ts';

export type Anchor = { href: string; text: string; attributes: ReadonlyMap<string, string> };
export type HtmlPage = { url: URL; text: string; anchors: Anchor[]; metas: ReadonlyMap<string, string> };

/** The root of an index where `project` is left out. */
export async function htmlPage(index: Index, view: View, project?: string): Promise<HtmlPage> {
  const path = pagePath(view, project);
  const { text } = await index.get(path, { accept: HTML_V1 });
  const anchors = [...text.matchAll(/<a ([^>]*)>([^<]*)<\/a>/g)].map(([, inside, label]) => {
    const attributes = attributesOf(inside!);
    return { href: attributes.get('href') ?? '', text: unescaped(label!), attributes };
  });
  const metas = [...text.matchAll(/<meta name="([^"]*)" content="([^"]*)">/g)].map(
    ([, name, content]) => [name!, unescaped(content!)] as const,
  );
  return { url: new URL(path, index.origin), text, anchors, metas: new Map(metas) };
}

/** A file of a page in JSON, as unchecked as it came. */
export type JsonFile = Record<string, unknown> & { filename: string; url: string; hashes: Record<string, string> };
export type JsonPage = Record<string, unknown> & {
  meta: { 'api-version': string };
  name: string;
  versions: string[];
  files: JsonFile[];
};

export async function jsonPage(index: Index, view: View, project: string): Promise<JsonPage> {
  return JSON.parse((await index.get(pagePath(view, project), { accept: JSON_V1 })).text) as JsonPage;
}

export async function jsonRoot(index: Index, view: View): Promise<Record<string, unknown>> {
  return JSON.parse((await index.get(view.base, { accept: JSON_V1 })).text) as Record<string, unknown>;
}

/** All files of all projects of a view, with the page each stands on. */
export async function everyJsonFile(index: Index, view: View): Promise<{ page: JsonPage; file: JsonFile }[]> {
  const pages = await Promise.all(view.projects.map((one) => jsonPage(index, view, one)));
  return pages.flatMap((page) => page.files.map((file) => ({ page, file })));
}

export async function everyAnchor(index: Index, view: View): Promise<{ page: HtmlPage; anchor: Anchor }[]> {
  const pages = await Promise.all(view.projects.map((one) => htmlPage(index, view, one)));
  return pages.flatMap((page) => page.anchors.map((anchor) => ({ page, anchor })));
}

export const pagePath = (view: View, project?: string): string =>
  project === undefined ? view.base : `${view.base}${project}/`;

/** Where a link on the page of a project leads: path, and query if it had one. */
export function target(index: Index, view: View, project: string, url: string): string {
  const absolute = new URL(url, new URL(pagePath(view, project), index.origin));
  return absolute.pathname + absolute.search;
}

function attributesOf(text: string): Map<string, string> {
  return new Map([...text.matchAll(/([a-z-]+)="([^"]*)"/g)].map(([, name, value]) => [name!, unescaped(value!)]));
}

function unescaped(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
}
