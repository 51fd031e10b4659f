/** What a token may do. Every route of the HTTP interface asks for one of them, or for none (src/api/access/route-scopes.ts). */
export const SCOPES = ['read', 'prebuild', 'upload', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/**
 * What a scope holds beside itself. Who has lists built must see what becomes of them. An upload needs to see nothing: a
 * token that leaks from a release job shows nobody what else is stored.
 */
const HOLDS: Readonly<Record<Scope, readonly Scope[]>> = {
  read: [],
  prebuild: ['read'],
  upload: [],
  admin: ['read', 'prebuild', 'upload'],
};

export function isScope(text: string): text is Scope {
  return SCOPES.some((one) => one === text);
}

/** Whether one of the scopes is the needed one or holds it. */
export function allows(scopes: readonly Scope[], needed: Scope): boolean {
  return scopes.some((one) => one === needed || HOLDS[one].includes(needed));
}
