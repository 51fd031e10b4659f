import type { FastifyReply } from 'fastify';

/** Nothing is loaded, run or sent but from and to this server, and no other page may frame this one. */
const POLICY = [
  ...["default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'"],
  ...["form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"],
].join('; ');

/** Headers of every page of ours for people. */
export function setPolicy(reply: FastifyReply): void {
  reply
    .header('content-security-policy', POLICY)
    .header('x-content-type-options', 'nosniff')
    // Not `no-referrer`: with it browsers send `Origin: null` with forms, which is refused as foreign.
    .header('referrer-policy', 'same-origin');
}
