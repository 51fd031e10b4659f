/** What a token may do. Every route of the HTTP interface asks for one of them, or for none (src/api/access/route-scopes.ts). */
export const SCOPES = ['read', 'prebuild', 'upload', 'metrics', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/**
 * What a scope holds beside itself. Who has lists built must see what becomes of them. An upload needs to see nothing: a
 * token that leaks from a release job shows nobody what else is stored. Nor does one that Prometheus is given.
 */
const HOLDS: Readonly<Record<Scope, readonly Scope[]>> = {
  read: ['metrics'],
  prebuild: ['read', 'metrics'],
  upload: [],
  metrics: [],
  admin: ['read', 'prebuild', 'upload', 'metrics'],
};

export function isScope(text: string): text is Scope {
  return SCOPES.some((one) => one === text);
}

/** Whether one of the scopes is the needed one or holds it. */
export function allows(scopes: readonly Scope[], needed: Scope): boolean {
  return scopes.some((one) => one === needed || HOLDS[one].includes(needed));
}
