import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { TypedApp } from '../app.ts';

/** Addresses that change with what is there, so that browsers may keep it for ever. */
export type AssetUrls = { style: string; script: string; icon: string };

const FILES = {
  style: ['dashboard.css', 'text/css; charset=utf-8'],
  script: ['dashboard.js', 'text/javascript; charset=utf-8'],
  icon: ['icon.svg', 'image/svg+xml'],
} as const;
type AssetName = keyof typeof FILES;

const load = (name: AssetName) => {
  const [file, type] = FILES[name];
  const bytes = readFileSync(new URL(`assets/${file}`, import.meta.url));
  const version = createHash('sha256').update(bytes).digest('hex').slice(0, 12);
  return { bytes, type, path: `/dashboard/assets/${file}`, url: `/dashboard/assets/${file}?v=${version}` };
};

const ASSETS = { style: load('style'), script: load('script'), icon: load('icon') };

export const ASSET_URLS: AssetUrls = { style: ASSETS.style.url, script: ASSETS.script.url, icon: ASSETS.icon.url };

/** The style, the script and the sign of the dashboard: the same for everybody, and nothing secret. */
export function assetRoutes(app: TypedApp): void {
  for (const { path, bytes, type } of Object.values(ASSETS))
    app.get(path, { schema: { tags: ['dashboard'], summary: 'A file of the pages' } }, async (_request, reply) =>
      reply.type(type).header('cache-control', 'public, max-age=31536000, immutable').send(bytes),
    );
}
